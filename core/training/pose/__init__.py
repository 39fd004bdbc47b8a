# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of PoseVAE: captured and made head motion, losses, the loop, export."""
