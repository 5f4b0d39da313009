"""The convolutional networks of `go run ./internal/bench -what conv` in PyTorch, as fast as PyTorch runs them.

Reads one JSON request a line from standard input and answers each with one line:

    {"op": "version"}                                          -> {"version": ..., "threads": ...}
    {"op": "prepare", "net": N, "task": T, "batch": B, "variants": [V, ...], "seconds": S, "cpu": false}
                                                               -> {"variant": ..., "seconds": ...} of a step of the fastest
    {"op": "run", "steps": S}                                  -> {"seconds": ..., "cpu": ..., "loss": ...}
    {"op": "memory"}                                           -> {"bytes": ...}    the greatest resident size so far

A net is {"image": [W, H, C], "encoder": LIST, "decoder": LIST, "latent": L}, with the lists of network.py. A task is train (forward
with the cross-entropy from logits, backward and the fused Adam), encode (both heads) or sample (the decoder and the sigmoid).
A variant is eager or compile, then contiguous or channels_last. Images lie in memory as float32, in the layout of the variant;
all cores are used, or as many as THREADS says.
"""
import json
import os
import resource
import sys
import time

import torch
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "model", "testdata"))
from network import VAE  # noqa: E402

BATCHES = 4  # of images that take turns


class Workload:
    def __init__(self, net, task, batch, variant):
        torch.manual_seed(1)
        mode, layout = variant.split()
        self.latent, self.batch = net["latent"], batch
        form = torch.channels_last if layout == "channels_last" else torch.contiguous_format
        self.model = VAE(net["image"], net["encoder"], net["decoder"], net["latent"]).to(memory_format=form)
        width, height, channels = net["image"]
        self.images = [torch.rand(batch, channels, height, width).to(memory_format=form) for _ in range(BATCHES)]
        self.steps, self.train = 0, task == "train"
        self.call = {"train": self.loss, "encode": self.model.encode, "sample": self.sample}[task]
        if mode == "compile":
            self.call = torch.compile(self.call)
        if self.train:
            self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-4, fused=True)
        else:
            self.model.eval()
        self.next = {"train": self.learn, "encode": self.encode, "sample": self.draw}[task]

    def loss(self, x, noise):
        mu, logvar = self.model.encode(x)
        logits = self.model.decode(mu + torch.exp(0.5 * logvar) * noise)
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        return (reconstruction - 0.5 * torch.sum(1 + logvar - mu * mu - logvar.exp())) / x.shape[0]

    def sample(self, z):
        return torch.sigmoid(self.model.decode(z))

    def batch_of_images(self):
        self.steps += 1
        return self.images[self.steps % BATCHES]

    def learn(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.call(self.batch_of_images(), torch.randn(self.batch, self.latent))
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def encode(self):
        return self.call(self.batch_of_images())[0]

    def draw(self):
        return self.call(torch.randn(self.batch, self.latent))

    def run(self, steps):
        with torch.set_grad_enabled(self.train):
            start, cpu = time.perf_counter(), time.process_time()
            for _ in range(steps):
                result = self.next()
            return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu, "loss": float(result.mean())}

    def probe(self, seconds, clock):
        """The shortest time of a step, after two that warm up."""
        self.run(2)
        times, start = [], time.perf_counter()
        while len(times) < 3 or time.perf_counter() - start < seconds:
            times.append(self.run(1)[clock])
        return min(times)


def fastest(request):
    best, least, failed = None, float("inf"), ""
    for variant in request["variants"]:
        try:
            workload = Workload(request["net"], request["task"], request["batch"], variant)
            seconds = workload.probe(request["seconds"], "cpu" if request["cpu"] else "seconds")
        except Exception as e:  # this variant is none here
            failed = f"{variant}: {type(e).__name__}: {e}".splitlines()[0]
            continue
        if seconds < least:
            best, least, name = workload, seconds, variant
    if best is None:
        raise RuntimeError(failed)
    return best, {"variant": name, "seconds": least}


def main():
    torch.set_num_threads(int(os.environ.get("THREADS", os.cpu_count())))
    workload = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["op"] == "version":
                answer = {"version": torch.__version__, "threads": torch.get_num_threads()}
            elif request["op"] == "prepare":
                workload = None
                workload, answer = fastest(request)
            elif request["op"] == "memory":
                answer = {"bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
            else:
                answer = workload.run(request["steps"])
        except Exception as e:  # told to the caller, who goes on without this network
            answer = {"error": f"{type(e).__name__}: {e}".splitlines()[0]}
        print(json.dumps(answer), flush=True)


main()
