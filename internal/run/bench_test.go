package run

import (
	"path/filepath"
	"testing"
)

// network is a state of the size that the default network has, 9.6 MB.
func network() *State {
	s := exampleState()
	const parameters = 801_224
	s.Tensors = []Tensor{
		{"weights", []int{parameters}, make([]float32, parameters)},
		{"first", []int{parameters}, make([]float32, parameters)},
		{"second", []int{parameters}, make([]float32, parameters)},
	}
	return s
}

// BenchmarkState saves and loads what a training of the default network keeps; seal is
// the part of it that the checksum takes.
func BenchmarkState(b *testing.B) {
	d, s := newDir(b), network()
	b.Run("save", func(b *testing.B) {
		for b.Loop() {
			must(b, d.SaveState(s))
		}
	})
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			_, err := loadState(filepath.Join(d.Path(), StateFile))
			must(b, err)
		}
	})
	f, err := encodeState(s)
	must(b, err)
	b.Run("seal", func(b *testing.B) {
		for b.Loop() {
			must(b, seal(f))
		}
	})
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			_, err := encodeState(s)
			must(b, err)
		}
	})
}
