package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"vae/configs"
	"vae/internal/config"
	"vae/internal/console"
)

// settings ties flags to fields of the configuration. A flag's default is that
// of the configuration; a flag that is given overrides preset and file.
type settings struct {
	flags *pflag.FlagSet
	given config.Config             // what the flags hold
	rows  map[string]config.Setting // by flag

	preset, file string
	typed        map[string]bool // by path: given by the file or a flag
	filed        map[string]bool // by path: given by the file
	latent       int             // what the file gives
}

func newSettings(flags *pflag.FlagSet) *settings {
	s := &settings{flags: flags, given: config.Default(), rows: map[string]config.Setting{}, typed: map[string]bool{}}
	flags.StringVar(&s.preset, "preset", "", "start from a preset; 'vae presets' lists them")
	flags.StringVar(&s.file, "config", "", "read settings from a YAML `file`; they override the preset, flags override both")
	return s
}

// resolve lays preset, file and flags over the base and checks the result.
func (s *settings) resolve(ctx context.Context, base config.Config) (config.Config, error) {
	c, err := s.overlaid(ctx, base)
	if err != nil {
		return c, err
	}
	if err := renamed(c.Validate()); err != nil {
		return c, err
	}
	if err := noEmptyFlags(s.flags, s.others); err != nil {
		return c, err
	}
	if err := c.Conflict(); err != nil {
		return c, console.Usage(s.undone(err))
	}
	return c, nil
}

// undone says of a setting that does not fit the others, and that the preset has brought, how to undo it: nobody can leave
// out what he has not written.
func (s *settings) undone(err error) error {
	var conflict *config.Conflict
	if !errors.As(err, &conflict) || !s.ofPreset(conflict.Setting) {
		return err
	}
	for _, usual := range config.Default().Settings() {
		if usual.Path == conflict.Setting && usual.Value != "" {
			return fmt.Errorf("%w; --preset %s brings it, and %s undoes that", err, s.preset, config.Mention(conflict.Setting, unquoted(usual.Value)))
		}
	}
	return err
}

// sized says of layers that do not fit the images, and that the preset has brought, for which size of image it is.
func (s *settings) sized(err error) error {
	if err == nil || !s.ofPreset("model.decoder") || s.typed["model.encoder"] ||
		!strings.Contains(err.Error(), config.Mention("model.decoder")) && !strings.Contains(err.Error(), config.Mention("model.encoder")) {
		return err
	}
	preset, fault := config.LoadPreset(configs.FS, s.preset, config.Default())
	if fault != nil {
		return err
	}
	size := cmp.Or(preset.Data.ImageSize, mnistSize)
	return fmt.Errorf("%w; these are the layers of --preset %s, which are for images of %s: %s brings others to that", err, s.preset, size, config.Mention("data.image_size", size))
}

// mnistSize is that of the images of a preset that names no other.
const mnistSize = "28x28"

// overlaid lays preset, file and flags over the base.
func (s *settings) overlaid(ctx context.Context, base config.Config) (c config.Config, err error) {
	c = base
	if s.preset != "" {
		if c, err = config.LoadPreset(configs.FS, s.preset, c); err != nil {
			return c, usagef("--preset: %w", err)
		}
	}
	if s.file != "" {
		src, err := console.ReadFile(ctx, s.file, config.MaxFileSize)
		if err != nil {
			return c, fmt.Errorf("--config: %w", err)
		}
		if c, err = config.Load(src, s.file, c); err != nil {
			return c, console.Usage(err)
		}
		s.typed, s.filed, s.latent = config.Given(src), config.Given(src), c.Model.Latent
	}
	s.flags.Visit(func(f *pflag.Flag) {
		if row, ok := s.rows[f.Name]; ok {
			row.Copy(&c, &s.given)
			s.typed[row.Path] = true
		}
	})
	return c, nil
}

// ofPreset tells whether the value of a setting is that of the preset, or a default.
func (s *settings) ofPreset(path string) bool { return s.preset != "" && !s.typed[path] }

// yielded gives a run that goes on, with its preset's name, its images and what the preset
// has given way to them in.
func (s *settings) yielded(c, was config.Config) config.Config {
	for _, path := range append([]string{"data.source"}, config.Yielding...) {
		if row, ok := config.Find(path); ok && s.ofPreset(path) {
			row.Copy(&c, &was)
		}
	}
	return c
}

// others tells whether a flag is not that of a setting.
func (s *settings) others(f *pflag.Flag) bool {
	_, own := s.rows[f.Name]
	return !own
}

// idle refuses flags that would have no effect, and such layers of a user's file.
func (s *settings) idle(c config.Config) error {
	err := c.Idle(func(path string) bool {
		row, _ := config.Find(path)
		return row.Flag != "" && s.flags.Changed(row.Flag)
	})
	if err != nil {
		return console.Usage(err)
	}
	if err := c.Idle(s.layersOfFile); err != nil {
		return s.inFile(err)
	}
	return nil
}

// layersOfFile tells whether a setting is one of the layers that a list replaces, and stands in a file where no flag has brought the list. The
// config.yaml of a run has all settings, the classes too, which nobody else writes.
func (s *settings) layersOfFile(path string) bool {
	return (path == "model.hidden" || path == "model.activation") && s.filed[path] && !s.filed["model.classes"] && !s.flags.Changed("encoder")
}

// inFile is an error about what the file says.
func (s *settings) inFile(err error) error { return usagef("%s: %w", s.file, ofFile{err}) }

// latents refuses a number of latents that is not the one of the map that an encoder ends in. That of a file gives way to flags that
// make another map.
func (s *settings) latents(m config.Model) error {
	flag := s.flags.Changed("latent")
	n := s.latent
	if flag {
		n = s.given.Model.Latent
	}
	if !m.LatentMap() || n == m.Latent || !flag && (!s.filed["model.latent"] || s.flags.Changed("encoder") || s.flags.Changed("image-size")) {
		return nil
	}
	err := &config.Conflict{
		Setting: "model.latent", Value: fmt.Sprint(n),
		Reason: fmt.Sprintf("is not what %s ends in, a map of %s", config.Mention("model.encoder"), console.Count(m.Latent, "latent")), Instead: "leave it out",
	}
	if flag {
		return console.Usage(err)
	}
	return s.inFile(err)
}

// renamed turns a complaint about a field into one about its flag.
func renamed(err error) error {
	var field *config.FieldError
	if !errors.As(err, &field) {
		return err
	}
	return usagef("%s %s", config.Mention(field.Field), field.Problem())
}

// again is the preset as it is to be named again, should its published figures be
// wanted of a run that goes on with this configuration; "" where that is not the preset's.
func (s *settings) again(c config.Config) string {
	if s.preset == "" {
		return ""
	}
	alone := &settings{preset: s.preset}
	named, err := config.LoadPreset(configs.FS, s.preset, c)
	if _, _, changed := config.Replaced(c, alone.yielded(named, c)); err != nil || changed {
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
		if _, ok := s.rows[f.Name]; ok && f.Name != "seed" {
			changed = append(changed, fmt.Sprintf("--%s %s", f.Name, f.Value))
		}
	})
	return changed
}
