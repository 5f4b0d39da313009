package config

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
