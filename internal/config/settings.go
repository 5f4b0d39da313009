package config

import "slices"

// Setting is one field of a configuration as it is written.
type Setting struct {
	Path  string // "model.latent"
	Value string
}

// Settings lists every field in the order of a written file.
func (c Config) Settings() []Setting {
	all := make([]Setting, len(fields))
	for i, f := range fields {
		all[i] = Setting{f.path(), encode(f.at(&c))}
	}
	return all
}

// changeable are the settings that a run which goes on may change: how long it lasts,
// and the place of its images, which must be the same.
var changeable = []string{"train.epochs", "train.patience", "data.source"}

// Replaced finds the first setting that a run which goes on must not change, and what
// it was before.
func Replaced(was, now Config) (before, after Setting, found bool) {
	old := was.Settings()
	for i, s := range now.Settings() {
		if s != old[i] && !slices.Contains(changeable, s.Path) {
			return old[i], s, true
		}
	}
	return Setting{}, Setting{}, false
}
