// Command bench compares this program with its peers on one machine: training
// steps, and convolutional networks, with PyTorch, matrix products with OpenBLAS and gonum, maps with openTSNE
// and umap-learn. Whatever Python is given is used as it is; runs alternate, and
// medians and their ratio are printed as Markdown.
//
//	go run ./internal/bench -python python3,other/bin/python
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/kernel"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == workerName {
		if err := work(); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	pythons := flag.String("python", "python3", "Python interpreters with PyTorch or NumPy, with commas between; \"\" for products without a peer")
	rounds := flag.Int("rounds", 7, "how often the runs alternate")
	share := flag.Float64("seconds", 1, "about how long one run takes")
	folder := flag.String("scripts", "internal/bench", "folder of the Python scripts")
	what := flag.String("what", "train,conv,gemm,process,scaling", "what to measure, with commas between; maps as well")
	scale := flag.String("scale", "dense,conv", "scaling: networks, with commas between")
	var conv convOptions
	flag.IntVar(&conv.threads, "threads", 0, "conv, scaling: threads of each side (default all)")
	flag.StringVar(&conv.malloc, "malloc", "", "conv: libraries such as libtcmalloc_minimal.so.4 that PyTorch is tried with, with commas between")
	flag.StringVar(&conv.nets, "nets", "", "conv: presets that are compared (default all)")
	flag.BoolVar(&conv.cpu, "cpu", false, "conv, gemm, scaling: processor time in the place of time, for a machine that is not quiet")
	var maps mapOptions
	flag.StringVar(&maps.model, "model", "", "maps: run whose codes of mnist:train are mapped (default one that is trained first)")
	flag.StringVar(&maps.codes, "codes", "", "maps: NPY file of such codes instead")
	flag.IntVar(&maps.points, "points", 0, "maps: so many codes only")
	flag.IntVar(&maps.rounds, "map-rounds", 1, "maps: how often the programs alternate")
	flag.Parse()
	b := &bench{rounds: *rounds, seconds: *share, folder: *folder, cpu: conv.cpu}
	fmt.Printf("%s, %s/%s, %d processors (%s), kernels %s, FMA peak %.0f GFLOP/s a core\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), processor(), kernel.Path(), kernel.Peak()/1e9)
	for _, python := range strings.Split(*pythons, ",") {
		if strings.Contains(*what, "train") {
			b.report(b.training(python))
		}
		if conv.python = python; strings.Contains(*what, "conv") {
			b.report(b.convolutions(conv))
		}
		if strings.Contains(*what, "gemm") {
			b.report(b.products(python))
		}
		if maps.python = python; strings.Contains(*what, "maps") {
			b.report(b.maps(maps))
		}
	}
	if strings.Contains(*what, "process") {
		b.report(b.processes())
	}
	if strings.Contains(*what, "scaling") {
		b.report(b.scaling(*scale, conv.threads))
	}
	if b.failed {
		os.Exit(1)
	}
}

// mapOptions are the flags of -what maps.
type mapOptions struct {
	python string
	model  string // a run; "" to train the default one
	codes  string // an array of codes, with the labels of mnist:train; "" to encode mnist:train
	points int    // 0 for all
	rounds int
}

// convOptions are the flags of -what conv.
type convOptions struct {
	python  string
	threads int    // of each side; 0 for all
	malloc  string // libraries that PyTorch gets by LD_PRELOAD, with commas between
	nets    string // presets, with commas between
	cpu     bool   // processor time in the place of time
}

// workerName, as the only argument, makes this program answer requests as conv_peer.py does, so that both sides are
// processes of their own, whose memory can be told.
const workerName = "conv-worker"

type bench struct {
	rounds  int
	seconds float64
	folder  string
	cpu     bool // processor time in the place of time
	failed  bool
}

func (b *bench) report(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		b.failed = true
	}
}

// training compares the steps of every workload with one PyTorch.
func (b *bench) training(python string) error {
	images, err := loadTraining()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp("", "vae-bench-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err := file.Write(images.Set.Pixels); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	// How OpenMP's threads wait can change PyTorch's time several times over, one
	// way or the other: the faster of both is taken for each workload.
	var peers []*peer
	for _, env := range []string{"OMP_WAIT_POLICY=PASSIVE", "VAE_BENCH=as it comes"} {
		p, err := startPeer(python, b.folder+"/torch_peer.py", env)
		if err != nil {
			return err
		}
		defer p.close()
		if _, err := p.ask(map[string]any{"op": "load", "images": file.Name()}); err != nil {
			return err
		}
		peers = append(peers, p)
	}
	for _, variant := range []string{"eager", "compile"} {
		if err := b.variant(peers, images, variant); err != nil {
			return err
		}
	}
	return nil
}

// loadTraining loads the training images of MNIST.
func loadTraining() (dataset.Split, error) {
	data, err := dataset.Load(config.Default().Data, 1, 0)
	if err != nil {
		return dataset.Split{}, err
	}
	return data.Train, nil
}

func (b *bench) variant(peers []*peer, data dataset.Split, variant string) error {
	version, err := peers[0].ask(map[string]any{"op": "version"})
	if err != nil {
		return err
	}
	fmt.Printf("### Training steps beside PyTorch %s, %s, %d threads\n\n", version.Version, variant, version.Threads)
	fmt.Printf("| step | here ms | PyTorch ms | ratio | images/s here |\n|---|---|---|---|---|\n")
	for _, w := range workloads {
		p, err := fastestPeer(peers, w, variant)
		if err != nil {
			fmt.Printf("| %s | | does not work: %s | | |\n", w.name, err)
			continue
		}
		if err := b.workload(p, w, data); err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

// fastestPeer prepares a workload in all peers and returns the fastest.
func fastestPeer(peers []*peer, w workload, variant string) (best *peer, err error) {
	least := math.Inf(1)
	for _, p := range peers {
		a, err := p.ask(map[string]any{"op": "prepare", "workload": w, "variant": variant})
		if err != nil {
			return nil, err
		}
		if a.Seconds < least {
			best, least = p, a.Seconds
		}
	}
	return best, nil
}

// workload alternates runs of this program and of the peer.
func (b *bench) workload(p *peer, w workload, data dataset.Split) error {
	o, err := newOurs(w, data)
	if err != nil {
		return err
	}
	probe, err := o.run(30)
	if err != nil {
		return err
	}
	steps := max(20, int(b.seconds*30/probe.Seconds()))
	theirs := max(20, steps/3)
	var here, there, ratio []float64
	for range b.rounds {
		settle()
		d, err := o.run(steps)
		if err != nil {
			return err
		}
		settle()
		a, err := p.ask(map[string]any{"op": "run", "steps": theirs})
		if err != nil {
			return err
		}
		mine, yours := d.Seconds()/float64(steps), a.Seconds/float64(theirs)
		here, there, ratio = append(here, mine), append(there, yours), append(ratio, yours/mine)
	}
	fmt.Printf("| %s | %.3f | %.3f | %.2f | %.0f |\n", w.name, 1e3*median(here), 1e3*median(there), median(ratio), float64(w.Batch)/median(here))
	return nil
}

// settle waits until the other side's threads have gone to sleep: OpenBLAS and
// OpenMP keep theirs turning for some time after their work.
func settle() { time.Sleep(100 * time.Millisecond) }

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}
