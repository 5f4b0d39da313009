// Package configs holds the presets: named YAML files with only what they change of the defaults in
// internal/config. The first line of each is a comment, the summary that lists of presets show.
package configs

import "embed"

// FS holds the presets, NAME.yaml each.
//
//go:embed *.yaml
var FS embed.FS
