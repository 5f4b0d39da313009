package config

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Preset is a named configuration that comes with the program.
type Preset struct {
	Name    string // "smoke"
	Summary string // one line
}

// Presets lists the files *.yaml of fsys by name. The summary of each is the first comment line of its file.
func Presets(fsys fs.FS) ([]Preset, error) {
	names, err := presetNames(fsys)
	if err != nil {
		return nil, err
	}
	presets := make([]Preset, 0, len(names))
	for _, name := range names {
		src, err := fs.ReadFile(fsys, name+".yaml")
		if err != nil {
			return nil, fmt.Errorf("read preset %s: %w", name, err)
		}
		presets = append(presets, Preset{Name: name, Summary: firstComment(string(src))})
	}
	return presets, nil
}

// LoadPreset lays the preset of that name over base. The error for a name that is not there lists all.
func LoadPreset(fsys fs.FS, name string, base Config) (Config, error) {
	names, err := presetNames(fsys)
	if err != nil {
		return Config{}, err
	}
	if !slices.Contains(names, name) {
		return Config{}, fmt.Errorf("unknown preset %s%s; presets: %s",
			quote(name), suggest(Nearest(name, names)), strings.Join(names, ", "))
	}
	src, err := fs.ReadFile(fsys, name+".yaml")
	if err != nil {
		return Config{}, fmt.Errorf("read preset %s: %w", name, err)
	}
	return Load(src, name+".yaml", base)
}

func presetNames(fsys fs.FS) ([]string, error) {
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list presets: %w", err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".yaml")
	}
	slices.Sort(files)
	return files, nil
}

func firstComment(src string) string {
	for line := range strings.Lines(src) {
		if comment, ok := strings.CutPrefix(strings.TrimSpace(line), "#"); ok {
			return strings.TrimSpace(comment)
		}
	}
	return ""
}
