# SPDX-License-Identifier: GPL-3.0-or-later
"""VAST's style, zero-shot (Chen et al., ICCVW 2023): style encoder, variational enhancer, hybrid decoder.

The supplement names the three parts and prints the enhancer's loss; the networks' sizes and layers are ours.
"""
