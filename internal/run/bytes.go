package run

import (
	"bytes"

	"vae/internal/safetensors"
)

// What one process has read, others are given as the bytes of the file that it would be.

// Elsewhere is the directory of a run that another process has: its path, and nothing that can be written.
func Elsewhere(path string) *Dir { return &Dir{path: path} }

// Bytes are those of a state's file.
func (s *State) Bytes() ([]byte, error) { return sealed(encodeState(s)) }

// Bytes are those of a model's file.
func (m *Model) Bytes() ([]byte, error) { return sealed(encodeModel(m)) }

func sealed(f *safetensors.File, err error) ([]byte, error) {
	if err == nil {
		err = seal(f)
	}
	var b bytes.Buffer
	if err == nil {
		err = safetensors.Write(&b, f)
	}
	return b.Bytes(), err
}

// StateOf reads the bytes of a state's file, checked as by [LoadState].
func StateOf(data []byte) (*State, error) {
	f, err := readSealed(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	return decodeState(f)
}

// ModelOf reads the bytes of a model's file, checked as by [Load].
func ModelOf(data []byte) (*Model, error) {
	f, err := readSealed(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	return decodeModel(f)
}
