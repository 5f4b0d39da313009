//go:build unix

package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"vae/internal/dataset"
)

// processes measures whole commands of the built program: start-up, sampling,
// encoding beside a loop that only reads and decodes, and training's memory.
func (b *bench) processes() error {
	folder, err := os.MkdirTemp("", "vae-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "vae")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/vae").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %v: %s", err, out)
	}
	p := process{program, folder}
	fmt.Printf("### Whole processes\n\n| command | median |\n|---|---|\n")
	memory, err := p.training()
	if err != nil {
		return err
	}
	for _, c := range []struct {
		name string
		args []string
	}{{"vae --help", []string{"--help"}}, {"vae sample -n 64", []string{"sample", "-n", "64", "-q"}}} {
		t, err := p.median(3*b.rounds, c.args...)
		if err != nil {
			return err
		}
		fmt.Printf("| `%s` | %.1f ms |\n", c.name, 1e3*t)
	}
	fmt.Printf("| `vae train --epochs 2`, peak resident memory | %.0f MB |\n", memory)
	return b.encoding(p)
}

type process struct{ program, folder string }

func (p process) run(args ...string) (time.Duration, *os.ProcessState, error) {
	c := exec.Command(p.program, args...)
	c.Dir = p.folder
	c.Stdout = io.Discard
	var stderr bytes.Buffer
	c.Stderr = &stderr
	start := time.Now()
	if err := c.Run(); err != nil {
		return 0, nil, fmt.Errorf("vae %v: %v: %s", args, err, stderr.String())
	}
	return time.Since(start), c.ProcessState, nil
}

func (p process) median(times int, args ...string) (float64, error) {
	var all []float64
	for range times {
		d, _, err := p.run(args...)
		if err != nil {
			return 0, err
		}
		all = append(all, d.Seconds())
	}
	return median(all), nil
}

// training leaves a model in the folder and returns the peak resident memory in
// megabytes of 10^6 bytes.
func (p process) training() (float64, error) {
	_, state, err := p.run("train", "--epochs", "2", "-q")
	if err != nil {
		return 0, err
	}
	return float64(state.SysUsage().(*syscall.Rusage).Maxrss) * 1024 / 1e6, nil
}

// encoding compares vae encode of 10,000 PNG files with a loop on all processors
// that reads and decodes them and nothing else.
func (b *bench) encoding(p process) error {
	images := filepath.Join(p.folder, "images")
	paths, err := writeImages(images)
	if err != nil {
		return err
	}
	var here, loop, ratio []float64
	for range b.rounds {
		d, _, err := p.run("encode", "images", "-q")
		if err != nil {
			return err
		}
		bare, err := decodeAll(paths)
		if err != nil {
			return err
		}
		here, loop = append(here, d.Seconds()), append(loop, bare.Seconds())
		ratio = append(ratio, bare.Seconds()/d.Seconds())
	}
	n := float64(len(paths))
	fmt.Printf("| `vae encode` of %.0f PNG files of 28x28 | %.0f images/s |\n", n, n/median(here))
	fmt.Printf("| a loop that reads and decodes them with image/png on all processors | %.0f images/s |\n", n/median(loop))
	fmt.Printf("| ratio | %.2f |\n\n", median(ratio))
	return nil
}

// writeImages writes the MNIST test images as PNG files.
func writeImages(folder string) ([]string, error) {
	set, err := dataset.MNIST("test")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	var paths []string
	for i := range set.Len() {
		var file bytes.Buffer
		grey := &image.Gray{Pix: set.Image(i), Stride: set.Shape.Width, Rect: image.Rect(0, 0, set.Shape.Width, set.Shape.Height)}
		if err := png.Encode(&file, grey); err != nil {
			return nil, err
		}
		path := filepath.Join(folder, fmt.Sprintf("%05d.png", i))
		if err := os.WriteFile(path, file.Bytes(), 0o666); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func decodeAll(paths []string) (time.Duration, error) {
	start := time.Now()
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(paths); i = next.Add(1) - 1 {
				if err := decodeOne(paths[i]); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	workers.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return time.Since(start), nil
}

func decodeOne(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = png.Decode(bytes.NewReader(data))
	return err
}
