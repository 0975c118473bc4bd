"""Stamp's two towers in plain PyTorch, with the weights of its ONNX files, and the program's source of chance.

Written for the references of methods.py from the papers (CLIP, xoshiro128**), not from the TypeScript: nothing is shared with
it but the files in public/.   (torch, onnx, numpy, Pillow)
"""

import json
import math
import pathlib

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from PIL import Image

ROOT = pathlib.Path(__file__).parents[2]
STAMP = ROOT / "public/models/stamp"
CONFIG = json.loads((STAMP / "config.json").read_text())
LOGIT_SCALE = math.exp(CONFIG["logit_scale"])
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073])[:, None, None]
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711])[:, None, None]


def weights_of(file):
    """Tensors by name; exporters rename the matrices of linear layers, whose nodes keep their names."""
    graph = onnx.load(str(STAMP / "onnx" / file)).graph
    found = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in found:
            found[node.name.removeprefix("/").removesuffix("/MatMul").replace("/", ".") + ".matrix"] = found[node.input[1]]
    return found


class Tower:
    def __init__(self, file, layers, heads):
        self.w, self.layers, self.heads = weights_of(file), layers, heads

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.w[f"{name}.weight"], self.w[f"{name}.bias"], 1e-5)

    def linear(self, x, name):
        return x @ self.w[f"{name}.matrix"] + self.w[f"{name}.bias"]

    def blocks(self, x, causal):
        for i in range(self.layers):
            block = f"encoder.layers.{i}"
            h = self.norm(x, f"{block}.layer_norm1")
            q, k, v = (
                self.linear(h, f"{block}.self_attn.{n}_proj").unflatten(-1, (self.heads, -1)).transpose(1, 2) for n in "qkv"
            )
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).flatten(2)
            x = x + self.linear(mixed, f"{block}.self_attn.out_proj")
            h = self.linear(self.norm(x, f"{block}.layer_norm2"), f"{block}.mlp.fc1")
            x = x + self.linear(h * torch.sigmoid(1.702 * h), f"{block}.mlp.fc2")
        return x


class Vision(Tower):
    def __init__(self):
        config = CONFIG["vision_config"]
        super().__init__("vision_model.onnx", config["num_hidden_layers"], config["num_attention_heads"])

    def __call__(self, pixels):
        x = pixels
        for i in range(3):
            stem = f"embeddings.stem.convs.{i}"
            x = F.relu(F.conv2d(x, self.w[f"{stem}.weight"], self.w[f"{stem}.bias"], stride=2, padding=1))
        x = F.conv2d(x, self.w["embeddings.patch_embedding.weight"], stride=2).flatten(2).transpose(1, 2)
        token = self.w["embeddings.class_embedding"].reshape(1, 1, -1).expand(len(x), 1, -1)
        x = torch.cat([token, x], 1) + self.w["embeddings.position_embedding.weight"]
        x = self.blocks(self.norm(x, "pre_layrnorm"), causal=False)
        return self.norm(x[:, 0], "post_layernorm") @ self.w["visual_projection.matrix"]


class Text(Tower):
    """Token embeddings [N,77,W] and where each text ends [N] -> features [N,D]; always at the full context, as the authors."""

    def __init__(self):
        config = CONFIG["text_config"]
        super().__init__("text_model.onnx", config["num_hidden_layers"], config["num_attention_heads"])
        self.context = config["max_position_embeddings"]
        self.table = self.w["token_embedding.weight"]

    def __call__(self, embeddings, ends):
        x = self.blocks(embeddings + self.w["position_embedding.weight"], causal=True)
        x = self.norm(x, "final_layer_norm")[torch.arange(len(x)), ends]
        return x @ self.w["text_projection.matrix"]


class Tokenizer:
    """Byte-pair encoding by the merges of tokenizer.json; texts here are lower-case ASCII."""

    def __init__(self):
        model = json.loads((STAMP / "tokenizer.json").read_text())["model"]
        self.vocabulary = model["vocab"]
        pairs = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in model["merges"]]
        self.rank = {pair: i for i, pair in enumerate(pairs)}
        self.start, self.end = self.vocabulary["<|startoftext|>"], self.vocabulary["<|endoftext|>"]

    def words(self, text):
        import re

        return re.findall(r"[a-z]+|[0-9]|[^\sa-z0-9]+", text.lower())

    def encode(self, text):
        ids = []
        for word in self.words(text):
            parts = [*word[:-1], word[-1] + "</w>"]
            while True:
                ranked = [(self.rank.get(pair, math.inf), i) for i, pair in enumerate(zip(parts, parts[1:]))]
                best, i = min(ranked, default=(math.inf, 0))
                if best == math.inf:
                    break
                parts[i : i + 2] = [parts[i] + parts[i + 1]]
            ids += [self.vocabulary[part] for part in parts]
        return ids


class Random:
    """xoshiro128** 1.1 seeded through murmur3's finaliser, and the draws that the program makes of it."""

    MASK = 0xFFFFFFFF

    def __init__(self, seed):
        counter = self.finalise((self.finalise(seed & self.MASK) + seed // 2**32) & self.MASK)
        self.s = []
        for _ in range(4):
            counter += 0x9E3779B9
            self.s.append(self.finalise(counter & self.MASK))

    @classmethod
    def finalise(cls, z):
        z = ((z ^ (z >> 16)) * 0x85EBCA6B) & cls.MASK
        z = ((z ^ (z >> 13)) * 0xC2B2AE35) & cls.MASK
        return z ^ (z >> 16)

    def uint32(self):
        rotl = lambda x, k: ((x << k) | (x >> (32 - k))) & self.MASK
        s = self.s
        result = (rotl((s[1] * 5) & self.MASK, 7) * 9) & self.MASK
        t = (s[1] << 9) & self.MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 11)
        return result

    def uniform(self):
        return ((self.uint32() >> 5) * 2**26 + (self.uint32() >> 6)) / 2**53

    def below(self, bound):
        limit = 2**32 - 2**32 % bound
        while True:
            draw = self.uint32()
            if draw < limit:
                return draw % bound

    def normal(self):
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        return radius * math.cos(2 * math.pi * self.uniform())

    def normals(self, *dims):
        values = [self.normal() for _ in range(math.prod(dims))]
        return torch.tensor(values, dtype=torch.float32).reshape(dims)

    def permutation(self, length):
        items = list(range(length))
        for i in range(length - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


def picture(path):
    """uint8 [3,S,S] of a sample, which has the model's own size."""
    return torch.from_numpy(np.asarray(Image.open(ROOT / path).convert("RGB")).copy()).permute(2, 0, 1)


def normalised(pixels):
    return (pixels.float() / 255 - MEAN) / STD
