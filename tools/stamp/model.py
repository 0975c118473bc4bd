"""Stamp: a CLIP the size of a stamp. The modules are written as in Hugging Face's CLIP (4.3x, eager attention), so that the
exported graph shows the node patterns of a hub export; only the stem differs (three small convolutions before the patches)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    image_size: int = 64
    stem: tuple[int, ...] = (24, 48, 96)
    width: int = 128
    heads: int = 4
    vision_layers: int = 4
    text_layers: int = 3
    vocabulary: int = 1562
    context: int = 32
    projection: int = 128

    @property
    def patches(self) -> int:
        return (self.image_size // 2 ** (len(self.stem) + 1)) ** 2


class QuickGELU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class Attention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads, self.head_dim = heads, width // heads
        self.scale = self.head_dim**-0.5
        self.k_proj, self.v_proj = nn.Linear(width, width), nn.Linear(width, width)
        self.q_proj, self.out_proj = nn.Linear(width, width), nn.Linear(width, width)

    def _shape(self, x: Tensor, length: int, batch: int) -> Tensor:
        return x.view(batch, length, self.heads, self.head_dim).transpose(1, 2).contiguous()

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        batch, length, width = x.size()
        q = self.q_proj(x) * self.scale
        k = self._shape(self.k_proj(x), -1, batch)
        v = self._shape(self.v_proj(x), -1, batch)
        flat = (batch * self.heads, -1, self.head_dim)
        q = self._shape(q, length, batch).view(*flat)
        k, v = k.view(*flat), v.view(*flat)
        weights = torch.bmm(q, k.transpose(1, 2))
        if mask is not None:
            weights = weights.view(batch, self.heads, length, length) + mask
            weights = weights.view(batch * self.heads, length, length)
        weights = nn.functional.softmax(weights, dim=-1)
        out = torch.bmm(weights, v)
        out = out.view(batch, self.heads, length, self.head_dim).transpose(1, 2).reshape(batch, length, width)
        return self.out_proj(out)


class MLP(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.activation_fn = QuickGELU()
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.activation_fn(self.fc1(x)))


class Layer(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = MLP(width)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        x = x + self.self_attn(self.layer_norm1(x), mask)
        return x + self.mlp(self.layer_norm2(x))


class Encoder(nn.Module):
    def __init__(self, width: int, heads: int, layers: int):
        super().__init__()
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        for layer in self.layers:
            x = layer(x, mask)
        return x


class Stem(nn.Module):
    """Three 3x3 convolutions of stride 2. Batch norm helps training; `fold` removes it for export."""

    def __init__(self, channels: tuple[int, ...]):
        super().__init__()
        sizes = [3, *channels]
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in zip(sizes, sizes[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for b in channels)
        self.folded = False

    def forward(self, x: Tensor) -> Tensor:
        for i, conv in enumerate(self.convs):
            x = torch.relu(conv(x) if self.folded else self.norms[i](conv(x)))
        return x

    @torch.no_grad()
    def fold(self) -> None:
        """Multiplies the normalisation into the convolutions."""
        for conv, norm in zip(self.convs, self.norms):
            gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            conv.weight.mul_(gain[:, None, None, None])
            conv.bias.copy_((conv.bias - norm.running_mean) * gain + norm.bias)
        self.folded = True
        self.norms = nn.ModuleList()


def grid_positions(side: int, width: int) -> Tensor:
    """Sines and cosines of row and column, [side * side, width]: where a patch lies, known from the first step on."""
    waves = torch.pi / side * torch.arange(1, width // 4 + 1).clamp(max=2 * side) / 2
    at = torch.arange(side)[:, None] * waves
    line = torch.cat([at.sin(), at.cos()], 1)
    rows, columns = line[:, None].expand(-1, side, -1), line[None].expand(side, -1, -1)
    return torch.cat([rows, columns], 2).reshape(side * side, width)


class VisionEmbeddings(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.width = c.width
        self.stem = Stem(c.stem)
        self.class_embedding = nn.Parameter(torch.randn(c.width) * 0.02)
        self.patch_embedding = nn.Conv2d(c.stem[-1], c.width, 2, 2, bias=False)
        self.position_embedding = nn.Embedding(c.patches + 1, c.width)
        self.register_buffer("position_ids", torch.arange(c.patches + 1).expand((1, -1)), persistent=False)

    def forward(self, pixel_values: Tensor) -> Tensor:
        batch = pixel_values.shape[0]
        patches = self.patch_embedding(self.stem(pixel_values)).flatten(2).transpose(1, 2)
        class_token = self.class_embedding.expand(batch, 1, -1)
        return torch.cat([class_token, patches], dim=1) + self.position_embedding(self.position_ids)


class Vision(nn.Module):
    """pixel_values [B, 3, 64, 64] -> image_embeds [B, projection], not normalised (as in the hub's CLIP)."""

    def __init__(self, c: Config):
        super().__init__()
        self.embeddings = VisionEmbeddings(c)
        self.pre_layrnorm = nn.LayerNorm(c.width)  # the hub's spelling
        self.encoder = Encoder(c.width, c.heads, c.vision_layers)
        self.post_layernorm = nn.LayerNorm(c.width)
        self.visual_projection = nn.Linear(c.width, c.projection, bias=False)

    def tokens(self, pixel_values: Tensor) -> Tensor:
        return self.encoder(self.pre_layrnorm(self.embeddings(pixel_values)))

    def forward(self, pixel_values: Tensor) -> Tensor:
        return self.visual_projection(self.post_layernorm(self.tokens(pixel_values)[:, 0, :]))


def causal_mask(length: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    mask = torch.full((length, length), torch.finfo(dtype).min, device=device)
    index = torch.arange(mask.size(-1), device=device)
    mask.masked_fill_(index < (index + 1).view(mask.size(-1), 1), 0)
    return mask.to(dtype)[None, None, :, :]


class Text(nn.Module):
    """input_ids [B, L] -> text_embeds [B, projection], not normalised; pooled at the end token (the highest id)."""

    def __init__(self, c: Config):
        super().__init__()
        self.token_embedding = nn.Embedding(c.vocabulary, c.width)
        self.position_embedding = nn.Embedding(c.context, c.width)
        self.register_buffer("position_ids", torch.arange(c.context).expand((1, -1)), persistent=False)
        self.encoder = Encoder(c.width, c.heads, c.text_layers)
        self.final_layer_norm = nn.LayerNorm(c.width)
        self.text_projection = nn.Linear(c.width, c.projection, bias=False)

    def forward(self, input_ids: Tensor) -> Tensor:
        batch, length = input_ids.size()
        hidden = self.token_embedding(input_ids) + self.position_embedding(self.position_ids[:, :length])
        mask = causal_mask(length, hidden.dtype, hidden.device).expand(batch, 1, length, length)
        hidden = self.final_layer_norm(self.encoder(hidden, mask))
        pooled = hidden[torch.arange(batch, device=hidden.device), input_ids.to(torch.int).argmax(dim=-1)]
        return self.text_projection(pooled)


class Stamp(nn.Module):
    def __init__(self, c: Config = Config()):
        super().__init__()
        self.config = c
        self.vision, self.text = Vision(c), Text(c)
        self.logit_scale = nn.Parameter(torch.tensor(2.6593))
        self.apply(self._initialise)
        with torch.no_grad():
            self.vision.embeddings.position_embedding.weight[1:] = 0.4 * grid_positions(int(c.patches**0.5), c.width)

    @staticmethod
    def _initialise(m: nn.Module) -> None:
        if isinstance(m, nn.Linear):
            nn.init.normal_(m.weight, std=0.04)
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        elif isinstance(m, nn.Embedding):
            nn.init.normal_(m.weight, std=0.02)


def unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=-1, keepdim=True)
