package kernel

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// PathVariable is the environment variable that chooses the path of the
// kernels, for tests and bug reports.
const PathVariable = "VAE_KERNEL"

// path is one implementation of the kernels.
type path uint8

const (
	exact path = iota
	portable
	avx2
	avx512
)

// pathNames is in rising order of speed.
var pathNames = [...]string{exact: "exact", portable: "portable", avx2: "avx2", avx512: "avx512"}

// inGo says that a path has no assembly.
func (p path) inGo() bool { return p <= portable }

var (
	current   path
	pathError error
)

func init() { pathFromEnvironment() }

func pathFromEnvironment() {
	current, pathError = bestPath(), nil
	if name, set := os.LookupEnv(PathVariable); set && name != "" {
		if err := SelectPath(name); err != nil {
			pathError = fmt.Errorf("environment variable %s: %w", PathVariable, err)
		}
	}
}

func bestPath() path {
	for p := avx512; p > portable; p-- {
		if supported(p) {
			return p
		}
	}
	return portable
}

// Path names the path in use: avx512, avx2, portable or exact.
func Path() string { return pathNames[current] }

// Bits names the last bits of the results: two paths of the same name have the same. The
// paths with assembly do, and so does exact as far as it goes; portable Go has others, which are
// those of the processor's kind.
func Bits() string {
	if current == portable {
		return "portable " + runtime.GOARCH
	}
	return "vector"
}

// Paths lists the paths that this processor can take, the fastest first, without exact, which
// all can, and which is there for forward passes alone.
func Paths() []string {
	var names []string
	for p := avx512; ; p-- {
		if supported(p) {
			names = append(names, pathNames[p])
		}
		if p == portable {
			return names
		}
	}
}

// SelectReproducible has what a forward pass is made of give the same bits on every machine: it
// puts exact in use where the path in use has other bits than those with assembly. exact is Go
// that computes each number as these do, some ten times slower than portable. It may run when
// SelectPath may.
func SelectReproducible() {
	if current == portable {
		current = exact
	}
}

// Reproducible reports that the bits of what a forward pass is made of are the same on every machine.
func Reproducible() bool { return current != portable }

// ForwardOnly reports that the path in use is exact, on which what only a backward pass and an
// optimizer need is that of portable, and not reproducible.
func ForwardOnly() bool { return current == exact }

// SelectPath puts the named path in use. It is meant for the start of a program
// and must not run beside other functions of this package. The error names the
// paths that there are.
func SelectPath(name string) error {
	for p, known := range pathNames {
		if known != name {
			continue
		}
		if !supported(path(p)) {
			return fmt.Errorf("kernel path %q: this processor lacks it and has %s", name, strings.Join(append(Paths(), pathNames[exact]), ", "))
		}
		current = path(p)
		return nil
	}
	return fmt.Errorf("unknown kernel path %q: this processor has %s", name, strings.Join(append(Paths(), pathNames[exact]), ", "))
}

// PathError reports a value of the environment variable VAE_KERNEL that could
// not be followed; the fastest path was taken instead. It is nil otherwise.
func PathError() error { return pathError }

// Peak measures how many floating-point operations a second one thread reaches in
// a loop of independent multiply-adds of the path in use, the best of some short
// runs: what a kernel's rate is held against. It is 0 for the paths in Go.
func Peak() float64 {
	const rounds = 20000
	if peakOperations(1) == 0 {
		return 0
	}
	best := time.Duration(1 << 62)
	for range 20 {
		start := time.Now()
		peakOperations(rounds)
		best = min(best, time.Since(start))
	}
	return rounds * float64(peakOperations(1)) / best.Seconds()
}
