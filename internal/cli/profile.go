package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/internal/console"
	"vae/internal/run"
)

// profiles are what --cpuprofile and --memprofile ask for, which every command has and
// no help shows: where its time went, and its memory.
type profiles struct {
	cpu, memory string
	samples     bytes.Buffer // of the processor's time
	started     bool
}

func (p *profiles) add(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&p.cpu, "cpuprofile", "", "write a CPU profile to this `file`, for go tool pprof")
	f.StringVar(&p.memory, "memprofile", "", "write a profile of all allocations to this `file`, for go tool pprof")
	for _, name := range []string{"cpuprofile", "memprofile"} {
		must(f.MarkHidden(name))
	}
}

// pathFlags are the flags of all commands that name what is read.
var pathFlags = []string{"among", "config", "data", "model", "resume"}

// spared sees that the profiles replace neither what the command reads nor what it writes.
func (p *profiles) spared(c *cobra.Command, args []string) error {
	for _, name := range pathFlags {
		if f := c.Flags().Lookup(name); f != nil && f.Changed {
			args = append(slices.Clone(args), valuesGiven(f)...)
		}
	}
	written := []namedFile{{"--memprofile", p.memory}}
	if f := c.Flags().Lookup("output"); f != nil {
		written = append(written, namedFile{"-o", f.Value.String()})
	}
	if f := c.Flags().Lookup("run"); f != nil && f.Changed {
		for _, file := range run.Files(f.Value.String()) {
			written = append(written, namedFile{"--run", file})
		}
	}
	for _, profile := range []namedFile{{"--cpuprofile", p.cpu}, {"--memprofile", p.memory}} {
		if err := profile.spares(c.Context(), args, written); profile.path != "" && err != nil {
			return err
		}
		written[0] = namedFile{"--cpuprofile", p.cpu}
	}
	return nil
}

// namedFile is a file that a flag names; "" for none.
type namedFile struct{ flag, path string }

// spares sees that a file to be written is none of what is read or else written.
func (n namedFile) spares(ctx context.Context, read []string, written []namedFile) error {
	if n.path == "-" {
		return usagef("%s -: a profile goes into a file: name one", n.flag)
	}
	for _, other := range written {
		if other.path != "" && samePlace(n.path, other.path) {
			return usagef("%s %s is that of %s too: each needs a file of its own", n.flag, n.path, other.flag)
		}
	}
	if err := sparedBy(ctx, n.flag, n.path, false, read); err != nil {
		return err
	}
	if err := sparesRuns(n.flag, n.path); err != nil {
		return err
	}
	if !replaceable(n.path) {
		return usagef("%s %s is a file and no profile: it would be overwritten; name another", n.flag, n.path)
	}
	return nil
}

// replaceable tells whether there is no file, an empty one, or a profile, which begins as
// all that gzip makes. What a command reads without its being named is none of these.
func replaceable(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return true // writing says why
	}
	defer f.Close()
	var head [2]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && head == [2]byte{0x1f, 0x8b}
}

// valuesGiven are those of a flag that may be given several times, or the one of another.
func valuesGiven(f *pflag.Flag) []string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{f.Value.String()}
}

// start begins to measure, if the files can be written.
func (p *profiles) start() error {
	for flag, file := range map[string]string{"--cpuprofile": p.cpu, "--memprofile": p.memory} {
		if err := console.CheckFile(file); file != "" && err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	p.started = true
	if p.cpu == "" {
		return nil
	}
	if err := pprof.StartCPUProfile(&p.samples); err != nil {
		return fmt.Errorf("--cpuprofile %s: %w", p.cpu, err)
	}
	return nil
}

// write ends measuring and writes the profiles, also where the command failed, whose
// error it returns.
func (p *profiles) write(ctx context.Context, failed error) error {
	if !p.started {
		return failed
	}
	if p.cpu != "" {
		pprof.StopCPUProfile()
		failed = cmp.Or(failed, profile(ctx, "--cpuprofile", p.cpu, func(w io.Writer) error { _, err := p.samples.WriteTo(w); return err }))
	}
	if p.memory != "" {
		runtime.GC() // for the newest figures
		failed = cmp.Or(failed, profile(ctx, "--memprofile", p.memory, func(w io.Writer) error { return pprof.Lookup("allocs").WriteTo(w, 0) }))
	}
	return failed
}

// profile writes one. Its error names the flag: the file of a command is another one.
func profile(ctx context.Context, flag, file string, write func(io.Writer) error) error {
	if err := console.WriteFile(ctx, file, write); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}
