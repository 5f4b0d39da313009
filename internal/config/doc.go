// Package config holds every setting of the program: the model, the data and the training.
//
// A setting is a field of [Config] with a default in [Default] and one row in the table of settings ([Table]), from which
// all else comes: its place in a file, its flag and the help of that, its check, what it has no effect without.
//
// Presets and files are strict YAML overlays that hold only what they change ([Load], [LoadPreset]); the command line
// changes single fields. Whatever the way, [Config.Validate] decides what is allowed and names a setting by its YAML
// path, such as "model.latent", and [Config.Conflict] what goes together. Texts speak of settings by [Mention], for
// whoever shows them to say what they are called there.
package config
