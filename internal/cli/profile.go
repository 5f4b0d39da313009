package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"runtime"
	"runtime/pprof"

	"github.com/spf13/cobra"

	"vae/internal/console"
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
func (p *profiles) write(failed error) error {
	if !p.started {
		return failed
	}
	if p.cpu != "" {
		pprof.StopCPUProfile()
		failed = cmp.Or(failed, profile("--cpuprofile", p.cpu, func(w io.Writer) error { _, err := p.samples.WriteTo(w); return err }))
	}
	if p.memory != "" {
		runtime.GC() // for the newest figures
		failed = cmp.Or(failed, profile("--memprofile", p.memory, func(w io.Writer) error { return pprof.Lookup("allocs").WriteTo(w, 0) }))
	}
	return failed
}

// profile writes one. Its error names the flag: the file of a command is another one.
func profile(flag, file string, write func(io.Writer) error) error {
	if err := console.WriteFile(file, write); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}
