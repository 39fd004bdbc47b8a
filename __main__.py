# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m soliloquy`: the command line."""

import sys

from .command_line import main

sys.exit(main())
