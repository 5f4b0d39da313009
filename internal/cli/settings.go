package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"vae/configs"
	"vae/internal/config"
)

// settings ties flags to fields of the configuration. A flag's default is that
// of the configuration; a flag that is given overrides preset and file.
type settings struct {
	flags  *pflag.FlagSet
	given  config.Config // what the flags hold
	copies map[string]func(dst, src *config.Config)
	names  map[string]string // YAML path -> flag

	preset, file string
}

func newSettings(flags *pflag.FlagSet) *settings {
	s := &settings{
		flags: flags, given: config.Default(),
		copies: map[string]func(dst, src *config.Config){}, names: map[string]string{},
	}
	flags.StringVar(&s.preset, "preset", "", "start from a preset; 'vae presets' lists them")
	flags.StringVar(&s.file, "config", "", "read settings from a YAML `file`; they override the preset, flags override both")
	return s
}

// setting adds one flag for the field that at points to.
func setting[T any](s *settings, flag, path string, at func(*config.Config) *T, add func(p *T)) {
	add(at(&s.given))
	s.copies[flag] = func(dst, src *config.Config) { *at(dst) = *at(src) }
	s.names[path] = flag
}

func (s *settings) text(flag, path, usage string, at func(*config.Config) *string) {
	setting(s, flag, path, at, func(p *string) { s.flags.StringVar(p, flag, *p, usage) })
}

func (s *settings) whole(flag, path, usage string, at func(*config.Config) *int) {
	setting(s, flag, path, at, func(p *int) { s.flags.IntVar(p, flag, *p, usage) })
}

func (s *settings) auto(flag, path, usage, shown string, least int, at func(*config.Config) *int) {
	setting(s, flag, path, at, func(p *int) { s.flags.Var(autoCount{p, least}, flag, usage) })
	s.flags.Lookup(flag).DefValue = shown
}

func (s *settings) number(flag, path, usage string, at func(*config.Config) *float64) {
	setting(s, flag, path, at, func(p *float64) { s.flags.Float64Var(p, flag, *p, usage) })
}

// named is a number that may be a word too: "learned", "auto".
func (s *settings) named(flag, path, usage, word string, value float64, at func(*config.Config) *float64) {
	setting(s, flag, path, at, func(p *float64) { s.flags.Var(namedNumber{p, word, value}, flag, usage) })
}

func (s *settings) widths(flag, path, usage string, at func(*config.Config) *[]int) {
	setting(s, flag, path, at, func(p *[]int) { s.flags.Var(widths{p}, flag, usage) })
}

func (s *settings) texts(flag, path, usage string, at func(*config.Config) *[]string) {
	setting(s, flag, path, at, func(p *[]string) { s.flags.Var(&texts{list: p}, flag, usage) })
}

func (s *settings) truth(flag, path, usage string, at func(*config.Config) *bool) {
	setting(s, flag, path, at, func(p *bool) { s.flags.BoolVar(p, flag, *p, usage) })
}

// resolve lays preset, file and flags over the base and checks the result.
func (s *settings) resolve(base config.Config) (config.Config, error) {
	c := base
	var err error
	if s.preset != "" {
		if c, err = config.LoadPreset(configs.FS, s.preset, c); err != nil {
			return c, usagef("--preset: %w", err)
		}
	}
	if s.file != "" {
		src, err := readConfig(s.file)
		if err != nil {
			return c, fmt.Errorf("--config: %w", err)
		}
		if c, err = config.Load(src, s.file, c); err != nil {
			return c, usageError{err}
		}
	}
	s.flags.Visit(func(f *pflag.Flag) {
		if set, ok := s.copies[f.Name]; ok {
			set(&c, &s.given)
		}
	})
	if err := s.renamed(c.Validate()); err != nil {
		return c, err
	}
	if err := c.Conflict(); err != nil {
		return c, usageError{err}
	}
	return c, nil
}

// renamed turns a complaint about a field into one about its flag.
func (s *settings) renamed(err error) error {
	var field *config.FieldError
	if !errors.As(err, &field) {
		return err
	}
	if flag, ok := s.names[field.Field]; ok {
		return usagef("--%s %s", flag, field.Problem())
	}
	return usageError{err}
}

// again is the preset as it is to be named again, should its published figures be
// wanted of a run that goes on.
func (s *settings) again() string {
	if s.preset == "" {
		return ""
	}
	return " --preset " + s.preset
}

// changed lists what overrides the preset, but for the seed.
func (s *settings) changed() []string {
	var changed []string
	if s.file != "" {
		changed = append(changed, "--config "+s.file)
	}
	s.flags.Visit(func(f *pflag.Flag) {
		if _, ok := s.copies[f.Name]; ok && f.Name != "seed" {
			changed = append(changed, fmt.Sprintf("--%s %s", f.Name, f.Value))
		}
	})
	return changed
}

func readConfig(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, pathError(err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, config.MaxFileSize+1))
	if err != nil {
		return nil, pathError(err)
	}
	return src, nil
}

// pathError drops the system call's name: "open x: no such file" says less than
// "x: no such file".
func pathError(err error) error {
	var e *os.PathError
	if errors.As(err, &e) {
		return fmt.Errorf("%s: %w", e.Path, e.Err)
	}
	return err
}
