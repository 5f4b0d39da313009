//go:build unix

package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// convNets are the networks that are compared, those of their sources: with the lists of the presets of these names, but for
// pythae's, which is its network of CIFAR-10.
var convNets = []struct {
	name  string
	batch int
	net   net
}{
	{"burgess64", 64, net{
		[3]int{64, 64, 3}, "4*[conv:32:4:2:1,relu],2*[dense:256,relu]",
		"2*[dense:256,relu],dense:512,relu,reshape:4x4x32,3*[convt:32:4:2:1,relu],convt:out:4:2:1", 10,
	}},
	{"dcgan", 128, net{
		[3]int{28, 28, 1}, "conv:64:4:2:1,relu,conv:128:4:2:1,relu",
		"dense:6272,relu,reshape:7x7x128,convt:64:4:2:1,relu,convt:out:4:2:1", 32,
	}},
	{"pythae-resnet", 64, net{
		[3]int{32, 32, 3}, "conv:64:4:2:1,conv:128:4:2:1,conv:128:3:1:1,2*residual[relu,conv:32:3:1:1,relu,conv:128:1]",
		"dense:8192,reshape:8x8x128,2*residual[relu,conv:32:3:1:1,relu,conv:128:1],relu,convt:64:4:2:1,relu,convt:out:4:2:1", 16,
	}},
	{"vanilla", 64, net{
		[3]int{64, 64, 3}, "conv:32:3:2:1,bn,leaky-relu,conv:64:3:2:1,bn,leaky-relu,conv:128:3:2:1,bn,leaky-relu,conv:256:3:2:1,bn,leaky-relu,conv:512:3:2:1,bn,leaky-relu",
		"dense:2048,reshape:2x2x512,convt:256:3:2:1:1,bn,leaky-relu,convt:128:3:2:1:1,bn,leaky-relu,convt:64:3:2:1:1,bn,leaky-relu," +
			"2*[convt:32:3:2:1:1,bn,leaky-relu],conv:out:3:1:1", 128,
	}},
}

// convTasks are what is measured of each.
var convTasks = []string{"train", "encode", "sample"}

// convolutions compares training steps, encoding and sampling of convolutional networks with PyTorch's best: eager or compiled,
// contiguous or channels last, under the allocators and ways to wait that make a difference.
func (b *bench) convolutions(o convOptions) error {
	if o.threads > 0 {
		for _, name := range []string{"THREADS", "GOMAXPROCS"} {
			if err := os.Setenv(name, fmt.Sprint(o.threads)); err != nil {
				return err
			}
		}
	}
	head := true
	for _, n := range convNets {
		if o.nets != "" && !strings.Contains(","+o.nets+",", ","+n.name+",") {
			continue
		}
		c := &convBench{bench: b, options: o, net: n.net, name: n.name, batch: n.batch}
		if err := c.run(head); err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
		head = false
	}
	return nil
}

// convBench compares one network.
type convBench struct {
	*bench
	options convOptions
	net     net
	name    string
	batch   int
	ours    *peer
}

// environment is one that PyTorch is tried in.
type environment struct {
	name string
	set  []string
}

// environments are the allocator as it comes, glibc's that gives nothing back to the system, and others, each with threads that
// wait as they come and in sleep.
func (c *convBench) environments() []environment {
	all := []environment{
		{"malloc as it comes", nil},
		{"malloc that keeps", strings.Fields("MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=1099511627776 MALLOC_TOP_PAD_=67108864")},
	}
	for library := range strings.SplitSeq(c.options.malloc, ",") {
		if library != "" {
			all = append(all, environment{filepath.Base(library), []string{"LD_PRELOAD=" + library}})
		}
	}
	if c.options.threads != 1 {
		for _, e := range all {
			all = append(all, environment{e.name + ", passive", append(slices.Clone(e.set), "OMP_WAIT_POLICY=PASSIVE")})
		}
	}
	return all
}

func (c *convBench) start(e environment) (*peer, error) {
	return startPeer(c.options.python, c.folder+"/conv_peer.py", e.set...)
}

// request asks for one task.
func (c *convBench) request(task string, seconds float64, variants ...string) map[string]any {
	return map[string]any{"op": "prepare", "net": c.net, "task": task, "batch": c.batch, "variants": variants, "seconds": seconds, "cpu": c.options.cpu}
}

// run measures all tasks, in rows of a table whose head comes before the first network.
func (c *convBench) run(head bool) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if c.ours, err = startPeer(program, workerName); err != nil {
		return err
	}
	defer c.ours.close()
	env, err := c.bestEnvironment()
	if err != nil {
		return err
	}
	theirs, err := c.start(env)
	if err != nil {
		return err
	}
	defer theirs.close()
	version, err := theirs.ask(map[string]any{"op": "version"})
	if err != nil {
		return err
	}
	imported, err := theirs.ask(map[string]any{"op": "memory"})
	if err != nil {
		return err
	}
	if head {
		fmt.Printf("### Convolutional networks beside PyTorch %s, %d thread(s), %s\n\n", version.Version, version.Threads, map[bool]string{false: "time", true: "processor time"}[c.options.cpu])
		fmt.Printf("| network | task | here ms | PyTorch ms | ratio | images/s here | peak here MB | PyTorch MB (of that imports) | PyTorch's best |\n|---|---|---|---|---|---|---|---|---|\n")
	}
	for _, task := range convTasks {
		if err := c.task(task, theirs, imported.Bytes/1e6, env); err != nil {
			return err
		}
	}
	return nil
}

// bestEnvironment is the one in which PyTorch trains fastest, eager.
func (c *convBench) bestEnvironment() (best environment, err error) {
	least := math.Inf(1)
	for _, env := range c.environments() {
		p, err := c.start(env)
		if err != nil {
			return environment{}, err
		}
		a, err := p.ask(c.request("train", c.seconds, "eager contiguous", "eager channels_last"))
		p.close()
		if err != nil {
			return environment{}, err
		}
		if a.Seconds < least {
			best, least = env, a.Seconds
		}
	}
	return best, nil
}

// task alternates runs of both sides. Memory is the most so far, of which training takes the most.
func (c *convBench) task(task string, theirs *peer, imported float64, env environment) error {
	mine, err := c.ours.ask(c.request(task, c.seconds))
	if err != nil {
		return err
	}
	yours, err := theirs.ask(c.request(task, c.seconds, "eager contiguous", "eager channels_last"))
	if err != nil {
		return err
	}
	before, err := theirs.ask(map[string]any{"op": "memory"})
	if err != nil {
		return err
	}
	layout := strings.Fields(yours.Variant)[1]
	if yours, err = theirs.ask(c.request(task, c.seconds, "eager "+layout, "compile "+layout)); err != nil {
		return err
	}
	var here, there, ratio []float64
	for range c.rounds {
		times := [2]float64{}
		for i, side := range []struct {
			*peer
			step float64
		}{{c.ours, mine.Seconds}, {theirs, yours.Seconds}} {
			settle()
			steps := max(2, int(c.seconds/side.step))
			a, err := side.ask(map[string]any{"op": "run", "steps": steps})
			if err != nil {
				return err
			}
			if times[i] = a.Seconds / float64(steps); c.options.cpu {
				times[i] = a.CPU / float64(steps)
			}
		}
		here, there, ratio = append(here, times[0]), append(there, times[1]), append(ratio, times[1]/times[0])
	}
	memory, err := c.ours.ask(map[string]any{"op": "memory"})
	if err != nil {
		return err
	}
	fmt.Printf("| %s, batch %d | %s | %.2f | %.2f | %.2f | %.0f | %.0f | %.0f (%.0f) | %s, %s |\n", c.name, c.batch, task, 1e3*median(here), 1e3*median(there), median(ratio),
		float64(c.batch)/median(here), memory.Bytes/1e6, before.Bytes/1e6, imported, yours.Variant, env.name)
	return nil
}
