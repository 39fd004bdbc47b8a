# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said, how it is felt and who says it, apart: the disentangled audio model.

Mittal and Wang, "Animating Face using Disentangled Audio Representations", WACV 2020, supplement, appendix A.
A sequence X has N segments x^n of a syllable's length. Each is generated from three latents,

    p(x^n | z_c, z_e, z_s) p(z_c | mu_c) p(z_e | mu_e) p(z_s | mu_s)                        (equation 1)

for content, emotion and sequence, all Gaussian. The posteriors of the means are not inferred but learnt, in
look-up tables: mu_c = h_c(viseme), mu_e = h_e(emotion), mu_s = h_s(sequence). What is maximised is the bound

    sum_n [ L(theta, phi; x^n | mu_c, mu_e, mu_s) + log p(mu_c) ] + log p(mu_e) + log p(mu_s)  (equation 3)

whose first term the supplement does not print. After the model it follows (Hsu, Zhang and Glass,
"Unsupervised Learning of Disentangled and Interpretable Representations from Sequential Data", NeurIPS 2017,
equation 7)

    L = E_q[log p(x | z_c, z_e, z_s)] - sum over k in {c, e, s} of KL(q(z_k | x) || N(mu_k, sigma^2 I)).

How often each of its other terms counts, where sequences share the entries of a table, stands in
`core.training.disentangled.bound`.

Here x^n is 0.2 s of what the speech encoder hears, 0.2 s of the voice's own spectrum and pitch, and the
course of the voice around it. Content is inferred from what is heard; emotion and sequence, which the paper
has uniform over a sequence, from the course. Emotions are points of a plane, arousal and valence: a table's
entries have places there, and what lies between them is read between them, so that labels may be names or
numbers.

Shape letters: N segments, H channels that are heard, T = 16 columns, R = 8 frames of the voice, A = 34
channels of it, C = 104 of its course, D latent, K entries of a table.
"""

import json
from dataclasses import asdict, dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..audio.mel import WINDOW_COLUMNS
from ..generate.emotion.voice_frames import CONTEXT_CHANNELS, SEGMENT_FRAMES, VOICE_CHANNELS
from ..generate.expression_inputs import INPUT_CHANNELS

HEARD_CHANNELS: Final = INPUT_CHANNELS["phones"] + INPUT_CHANNELS["embedding"]
"""H: posteriors and articulation, then the embedding."""

_LOWEST_LOG_VARIANCE, _HIGHEST_LOG_VARIANCE = -7.0, 3.0


@dataclass(frozen=True)
class DisentangledAudioConfig:
    """Sizes.

    Attributes:
        content: D of z_c.
        emotion: D of z_e.
        sequence: D of z_s.
        width: channels of the encoders.
        decoder_width: channels of the decoder.
        dropout: on what the encoders take, in training only.
        prior_variance: sigma^2 of the latents around their means; those of the means themselves are 1.
    """

    content: int = 32
    emotion: int = 4
    sequence: int = 16
    width: int = 128
    decoder_width: int = 384
    dropout: float = 0.1
    prior_variance: float = 0.25

    def to_json(self) -> str:
        """For a file's metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "DisentangledAudioConfig":
        """The inverse of `to_json`."""
        return cls(**json.loads(text))


class Segments(NamedTuple):
    """x^n, N of them."""

    heard: Tensor
    """(N, T, H) what the speech encoder hears."""
    voice: Tensor
    """(N, R, A) spectrum and pitch."""
    course: Tensor
    """(N, C) of the voice around."""


class Gaussian(NamedTuple):
    """A diagonal Gaussian."""

    mean: Tensor
    log_variance: Tensor

    def drawn(self) -> Tensor:
        """A sample through which gradients flow."""
        return self.mean + torch.randn_like(self.mean) * (0.5 * self.log_variance).exp()

    def divergence(self, mean: Tensor, variance: float) -> Tensor:
        """KL(self || N(mean, variance I)) over the last axis."""
        ratio = self.log_variance.exp() / variance
        distance = (self.mean - mean) ** 2 / variance
        return 0.5 * (ratio + distance - 1 - ratio.log()).sum(dim=-1)

    def log_density(self, value: Tensor) -> Tensor:
        """log N(value), element by element."""
        distance = (value - self.mean) ** 2 / self.log_variance.exp()
        return -0.5 * (distance + self.log_variance + _LOG_TWO_PI)


_LOG_TWO_PI: Final = float(torch.log(torch.tensor(2 * torch.pi)))


class Latents(NamedTuple):
    """z_c, z_e, z_s, or what belongs to each of them."""

    content: Gaussian
    emotion: Gaussian
    sequence: Gaussian


class _Head(nn.Module):
    """Features to a Gaussian: the functions g of the supplement."""

    def __init__(self, width: int, size: int) -> None:
        super().__init__()
        self.mean = nn.Linear(width, size)
        self.log_variance = nn.Linear(width, size)

    def forward(self, x: Tensor) -> Gaussian:
        """(..., width) to (..., D)."""
        return Gaussian(self.mean(x), self.log_variance(x).clamp(_LOWEST_LOG_VARIANCE, _HIGHEST_LOG_VARIANCE))


class ContentEncoder(nn.Module):
    """q(z_c | x), for every window of 16 columns of a sound at once: no convolution pads."""

    heard_mean: Tensor
    heard_scale: Tensor

    def __init__(self, config: DisentangledAudioConfig) -> None:
        super().__init__()
        width = config.width
        self.dropout = nn.Dropout(config.dropout)
        self.first = nn.Conv1d(HEARD_CHANNELS, width, 4)
        self.second = nn.Conv1d(width, width, 5)
        self.third = nn.Conv1d(width, width, WINDOW_COLUMNS - 7)
        self.head = _Head(width, config.content)
        # Set from the training data and kept in the network.
        self.register_buffer("heard_mean", torch.zeros(HEARD_CHANNELS))
        self.register_buffer("heard_scale", torch.ones(HEARD_CHANNELS))

    def forward(self, heard: Tensor) -> Gaussian:
        """(N, T, H) to Gaussians (N, T - 15, D); window j is centred between the columns j + 7 and j + 8."""
        x = self.dropout(self.scaled(heard)).transpose(1, 2)
        x = functional.relu(self.first(x))
        x = functional.relu(self.second(x))
        x = functional.relu(self.third(x))
        return self.head(x.transpose(1, 2))

    def scaled(self, heard: Tensor) -> Tensor:
        """What is heard with mean 0 and deviation 1 in each channel."""
        return (heard - self.heard_mean) / self.heard_scale


class VoiceEncoder(nn.Module):
    """q(z_e | x) or q(z_s | x), from the course of the voice."""

    course_mean: Tensor
    course_scale: Tensor

    def __init__(self, config: DisentangledAudioConfig, size: int) -> None:
        super().__init__()
        self.dropout = nn.Dropout(config.dropout)
        self.first = nn.Linear(CONTEXT_CHANNELS, config.width)
        self.second = nn.Linear(config.width, config.width)
        self.head = _Head(config.width, size)
        self.register_buffer("course_mean", torch.zeros(CONTEXT_CHANNELS))
        self.register_buffer("course_scale", torch.ones(CONTEXT_CHANNELS))

    def forward(self, course: Tensor) -> Gaussian:
        """(..., C) to Gaussians (..., D)."""
        x = self.dropout(self.scaled(course))
        x = functional.relu(self.first(x))
        return self.head(x + functional.relu(self.second(x)))

    def scaled(self, course: Tensor) -> Tensor:
        """The course with mean 0 and deviation 1 in each channel; what is far off is taken for less far."""
        return ((course - self.course_mean) / self.course_scale).clamp(-4, 4)


class Decoder(nn.Module):
    """p(x | z_c, z_e, z_s): the functions f of the supplement."""

    def __init__(self, config: DisentangledAudioConfig) -> None:
        super().__init__()
        width = config.decoder_width
        self.layers = nn.Sequential(
            nn.Linear(config.content + config.emotion + config.sequence, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
        )
        self.means = nn.ModuleList(nn.Linear(width, rows * size) for rows, size in _SHAPES)
        # One variance for all columns of a channel.
        self.log_variances = nn.ModuleList(nn.Linear(width, size) for _, size in _SHAPES)

    def forward(self, z: Tensor) -> list[Gaussian]:
        """(N, D) to Gaussians of what is heard, the voice and its course, scaled as for the encoders."""
        x = self.layers(z)
        made = []
        for (rows, size), mean, log_variance in zip(_SHAPES, self.means, self.log_variances, strict=True):
            spread = log_variance(x).clamp(_LOWEST_LOG_VARIANCE, _HIGHEST_LOG_VARIANCE)
            made.append(Gaussian(mean(x).unflatten(1, (rows, size)), spread[:, None].expand(-1, rows, -1)))
        return made


_SHAPES: Final = (
    (WINDOW_COLUMNS, HEARD_CHANNELS),
    (SEGMENT_FRAMES, VOICE_CHANNELS),
    (1, CONTEXT_CHANNELS),
)
"""Rows and channels of the three views of a segment."""


class DisentangledAudio(nn.Module):
    """The whole model: encoders, decoder, and the look-up tables of posterior means."""

    voice_mean: Tensor
    voice_scale: Tensor

    def __init__(self, config: DisentangledAudioConfig, visemes: int, emotions: int, sequences: int) -> None:
        """Start with random weights.

        Args:
            config: sizes.
            visemes: entries of h_c.
            emotions: entries of h_e.
            sequences: entries of h_s.
        """
        super().__init__()
        self.config = config
        self.content_encoder = ContentEncoder(config)
        self.emotion_encoder = VoiceEncoder(config, config.emotion)
        self.sequence_encoder = VoiceEncoder(config, config.sequence)
        self.decoder = Decoder(config)
        self.h_c = nn.Embedding(visemes, config.content)
        self.h_e = nn.Embedding(emotions, config.emotion)
        self.h_s = nn.Embedding(sequences, config.sequence)
        self.register_buffer("voice_mean", torch.zeros(VOICE_CHANNELS))
        self.register_buffer("voice_scale", torch.ones(VOICE_CHANNELS))

    def posteriors(self, x: Segments) -> Latents:
        """q(z_c | x), q(z_e | x), q(z_s | x) of segments."""
        content = self.content_encoder(x.heard)
        return Latents(
            Gaussian(content.mean[:, 0], content.log_variance[:, 0]),
            self.emotion_encoder(x.course),
            self.sequence_encoder(x.course),
        )

    def log_likelihood(self, x: Segments, z: Tensor) -> Tensor:
        """log p(x | z_c, z_e, z_s) (N,) for samples z (N, D) of the three latents side by side."""
        views = (
            self.content_encoder.scaled(x.heard),
            (x.voice - self.voice_mean) / self.voice_scale,
            self.emotion_encoder.scaled(x.course)[:, None],
        )
        made = self.decoder(z)
        return torch.stack(
            [each.log_density(view).sum(dim=(1, 2)) for each, view in zip(made, views, strict=True)]
        ).sum(dim=0)

    def prior_mean_density(self, mean: Tensor) -> Tensor:
        """log p(mu) (...,) of entries (..., D) of a table: N(0, I)."""
        return -0.5 * (mean**2 + _LOG_TWO_PI).sum(dim=-1)
