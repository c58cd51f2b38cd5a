"""The Llama architecture in torch's own operations, as plainly as they allow, with its attention over all texts at the same time."""
import torch
import torch.nn.functional as F
from torch import nn


def attention(q, k, v, is_causal):
    """Heads that share keys, in the fastest way that torch has: only its half-precision kernels take fewer heads of keys."""
    if q.dtype != torch.float32:
        return F.scaled_dot_product_attention(q, k, v, is_causal=is_causal, enable_gqa=True)
    k, v = (side.repeat_interleave(q.shape[1] // side.shape[1], dim=1) for side in (k, v))
    return F.scaled_dot_product_attention(q, k, v, is_causal=is_causal)


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        C, IN = config["hidden_size"], config["intermediate_size"]
        self.heads, self.kv = config["num_attention_heads"], config["num_key_value_heads"]
        self.width, self.eps = C // self.heads, config["rms_norm_eps"]
        self.input_norm, self.post_norm = nn.Parameter(torch.ones(C)), nn.Parameter(torch.ones(C))
        self.qkv = nn.Linear(C, (self.heads + 2 * self.kv) * self.width, bias=False)
        self.output = nn.Linear(C, C, bias=False)
        self.gate_up, self.down = nn.Linear(C, 2 * IN, bias=False), nn.Linear(IN, C, bias=False)

    def forward(self, x, angles, cache=None, at=0):
        B, L, C = x.shape
        qkv = self.qkv(F.rms_norm(x, (C,), self.input_norm, self.eps)).view(B, L, -1, self.width).transpose(1, 2)
        q, k, v = qkv.split((self.heads, self.kv, self.kv), dim=1)
        q, k = rotated(q, angles), rotated(k, angles)
        if cache is not None:
            cache[0][:, :, at : at + L], cache[1][:, :, at : at + L] = k, v
            k, v = cache[0][:, :, : at + L], cache[1][:, :, : at + L]
        y = attention(q, k, v, is_causal=L > 1)
        x = x + self.output(y.transpose(1, 2).reshape(B, L, C))
        gate, up = self.gate_up(F.rms_norm(x, (C,), self.post_norm, self.eps)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


def rotated(x, angles):
    cos, sin = angles
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config["vocab_size"], config["hidden_size"])
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config["num_hidden_layers"]))
        self.final_norm = nn.Parameter(torch.ones(config["hidden_size"]))

    @property
    def head(self):
        return self.embedding.weight

    def angles(self, at, length):
        half = self.config["hidden_size"] // self.config["num_attention_heads"] // 2
        weight = self.embedding.weight
        frequencies = self.config["rope_theta"] ** -(torch.arange(half, device=weight.device, dtype=torch.float32) / half)
        angles = torch.arange(at, at + length, device=weight.device, dtype=torch.float32)[:, None] * frequencies
        return angles.cos().to(weight.dtype), angles.sin().to(weight.dtype)

    def hidden(self, ids):
        return self.hidden_with([None] * len(self.layers), ids, 0)

    def hidden_with(self, cache, ids, at):
        x, angles = self.embedding(ids), self.angles(at, ids.shape[1])
        for layer, kept in zip(self.layers, cache):
            x = layer(x, angles, kept, at)
        return F.rms_norm(x, x.shape[-1:], self.final_norm, self.config["rms_norm_eps"])

    def cache(self, sequences, length):
        weight = self.embedding.weight
        shape = (sequences, self.layers[0].kv, length, self.layers[0].width)
        return [tuple(torch.empty(shape, device=weight.device, dtype=weight.dtype) for _ in range(2)) for _ in self.layers]
