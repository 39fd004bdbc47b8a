# SPDX-License-Identifier: GPL-3.0-or-later
"""From captured faces to networks; not part of the extension."""
