// Package config holds every setting of the program: the model, the data and the training.
//
// Defaults are values of this package ([Default]); presets and files are strict YAML overlays that hold
// only what they change ([Load], [LoadPreset]); the command line changes single fields. Whatever the way,
// [Config.Validate] decides what is allowed and names a setting by its YAML path, such as "model.latent", and
// [Config.Conflict] what goes together. Each package above takes only the section that concerns it.
package config
