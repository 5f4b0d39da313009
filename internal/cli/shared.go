package cli

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"vae/internal/archive"
	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/kernel"
	"vae/internal/memory"
	"vae/internal/model"
	"vae/internal/run"
	"vae/internal/safetensors"
)

func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		switch has := func(flag string) bool { return c.Flags().Lookup(flag) != nil }; {
		case has("data") && archive.IsTar(args[0]): // of braces that the shell has expanded
			return usagef("unexpected argument %q: --data is one name; of several shards quote the braces, such as --data 'train-{000..099}.tar'", args[0])
		case has("with"):
			return usagef("unexpected argument %q: images are named by --with, --without and --apply, a model by --model", args[0])
		case has("from") && has("model"):
			return usagef("unexpected argument %q: an image is named by --from, a model by --model", args[0])
		case has("model"):
			return usagef("unexpected argument %q: a model is named by --model", args[0])
		}
		return usagef("unexpected argument %q", args[0])
	}
	return nil
}

func quietVerbose(c *cobra.Command, quiet, verbose *bool) {
	c.Flags().BoolVarP(quiet, "quiet", "q", false, "print results and errors only")
	c.Flags().BoolVarP(verbose, "verbose", "v", false, "print the settings in use, and more")
}

func modelFlag(c *cobra.Command, path *string) {
	c.Flags().StringVarP(path, "model", "m", "", "run `directory` or model file (default the newest numbered run under runs/)")
}

// loaded is a model ready for use, and what its file says about it.
type loaded struct {
	*model.Model
	saved  *run.Model
	file   string
	chosen bool // by the program, not by the user
}

// name is that of the run's folder, or of a model file that is in none.
func (m *loaded) name() string {
	if filepath.Base(m.file) == run.ModelFile {
		return baseOf(filepath.Dir(m.file))
	}
	return strings.TrimSuffix(filepath.Base(m.file), filepath.Ext(m.file))
}

// cachedData are the settings of the images that the model was trained on, in its own size where they had that by themselves: others may have come
// among them. A cache that was left to the program lies beside the run.
func (m *loaded) cachedData() config.Data {
	data := m.saved.Config.Data
	if shape := m.Shape(); data.ImageSize == "" {
		data.ImageSize = fmt.Sprintf("%dx%d", shape.Width, shape.Height)
	}
	return withCache(data, m.runs())
}

// runs is the folder that the run of the model lies in.
func (m *loaded) runs() string {
	folder := filepath.Dir(filepath.Clean(m.file))
	if filepath.Base(m.file) == run.ModelFile {
		folder = filepath.Dir(folder)
	}
	return folder
}

// keeping says where many images of its training are kept.
func (m *loaded) keeping(ctx context.Context) dataset.Keeping {
	return dataset.Keeping{Context: ctx, Beside: cacheFolder(m.runs())}
}

// announce says which model is used, where the user did not.
func (m *loaded) announce(n console.Notes) {
	if m.chosen {
		n.Printf("using %s%s\n", m.file, besides(run.ModelFile, m.file, "--model "))
	}
}

// besides tells of a run that was left for another as it has no number, and is newer by the files of a name; option is what it is named by.
func besides(name, file, option string) string {
	newer := run.Newer(runsRoot, name, file)
	if newer == "" {
		return ""
	}
	return fmt.Sprintf(", the newest of the numbered runs; %s%s is newer and has no number", option, console.ShellWord(newer))
}

// pixelRange is the range of the values that the model takes for black to white.
func (m *loaded) pixelRange() config.Range {
	r, _ := config.ParseRange(m.saved.Config.Data.Range) // which was checked when the model was read
	return r
}

// finite refuses what a model must not make of an image.
func (m *loaded) finite(image string, values []float32, more ...float32) error {
	if kernel.Finite(values) && kernel.Finite(more) {
		return nil
	}
	return fmt.Errorf("%s: the result is no finite number: %s is damaged, or its training has diverged", image, m.file)
}

// loadModel is [loadModelOf] of --model.
func loadModel(path string) (*loaded, error) { return loadModelOf("--model", path) }

// loadModelOf is the one way from a path, which a flag names, to a model. An empty path
// means the newest run.
func loadModelOf(flag, path string) (*loaded, error) {
	file, err := run.Find(runsRoot, path)
	if err != nil {
		return nil, err
	}
	saved, err := run.Load(file)
	var format *safetensors.FormatError
	if errors.As(err, &format) {
		return nil, fmt.Errorf("%w; %s takes a run directory or its %s", err, flag, run.ModelFile)
	}
	if err != nil {
		return nil, err
	}
	return restored(saved, file, path == "")
}

// restored is the model of a file, which the program may have chosen.
func restored(saved *run.Model, file string, chosen bool) (*loaded, error) {
	if err := fitsMemory(saved); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	m, err := model.Restore(saved)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, ofFile{err})
	}
	return &loaded{m, saved, file, chosen}, nil
}

// ofFile is what is wrong in a configuration that stands in a file: it speaks of keys, not of flags.
type ofFile struct{ error }

func (e ofFile) Unwrap() error { return e.error }

func (e ofFile) Error() string {
	return config.Word(e.error.Error(), func(path, value string) string { return strings.TrimSpace(path + " " + value) })
}

// fitsMemory refuses a model whose weights, as they are read and as they are used, and
// whose graphs of a batch are more than there is. What is wrong with the model otherwise is
// for others to find.
func fitsMemory(saved *run.Model) error {
	shape, err := saved.Config.Data.Shape()
	if err != nil || shape.Pixels() == 0 {
		return nil
	}
	m, err := model.Plan(saved.Config.Model, shape)
	if err != nil {
		return nil
	}
	rows := infer.Rows(m)
	encoder, err := m.EncoderSize(rows)
	if err != nil {
		return nil
	}
	decoder, err := m.DecoderSize(rows)
	if err != nil {
		return nil
	}
	_, weights := m.ParametersSize()
	if need, l := 2*weights+float64(max(encoder, decoder)), memory.Available(); need > l.Bytes {
		return fmt.Errorf("needs about %s of memory, and there are %s: use it where there is more", memory.Text(need), l)
	}
	return nil
}

// seed is a flag that chooses a fresh value when it is not given.
type seed struct {
	value uint64
	c     *cobra.Command
}

func seedFlag(c *cobra.Command, s *seed, usage string) {
	s.c = c
	uintFlag(c.Flags(), &s.value, "seed", "", usage)
	c.Flags().Lookup("seed").DefValue = "a fresh one, printed"
}

func (s *seed) given() bool { return s.c.Flags().Changed("seed") }

// resolve returns the seed, a fresh one where none was given. That is to be told, so that
// the result can be made again.
func (s *seed) resolve() (uint64, error) {
	if s.given() {
		return s.value, nil
	}
	var b [4]byte // short enough to copy by hand
	if _, err := crand.Read(b[:]); err != nil {
		return 0, fmt.Errorf("no seed from the system: %w; give one with --seed", err)
	}
	s.value = uint64(binary.LittleEndian.Uint32(b[:]))
	return s.value, nil
}

// tell prints a fresh seed.
func (s *seed) tell(n console.Notes) {
	if !s.given() {
		n.Printf("seed %d (--seed %d makes the same again)\n", s.value, s.value)
	}
}
