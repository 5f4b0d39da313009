package cli

import (
	"slices"

	"vae/internal/config"
)

// trainFlags ties a flag to every setting that has one, by subject: the help lists
// them in this order.
func trainFlags(s *settings) {
	s.flags.SortFlags = false
	for _, group := range config.Groups {
		for _, row := range config.Table() {
			if row.Group == group && row.Flag != "" {
				s.add(row)
			}
		}
	}
}

// add makes the flag of a setting.
func (s *settings) add(row config.Setting) {
	s.rows[row.Flag] = row
	addFlag(s.flags, row, row.At(&s.given))
	f := s.flags.Lookup(row.Flag)
	if row.Default != "" {
		f.DefValue = row.Default
	}
	f.Annotations = map[string][]string{groupOf: {string(row.Group)}, valuesOf: slices.Concat(row.Values, row.Begins)}
	explainEmpty(s.flags, row.Flag) // as Validate does, which knows what it must be
}
