package run

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vae/internal/safetensors"
)

// smallModel and smallState are whole files, as they are written.
func smallModel(t testing.TB) []byte {
	d := newDir(t)
	must(t, d.SaveModel(exampleModel()))
	return read(t, filepath.Join(d.Path(), ModelFile))
}

func smallState(t testing.TB) []byte {
	d := newDir(t)
	must(t, d.SaveState(exampleState()))
	return read(t, filepath.Join(d.Path(), StateFile))
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	return data
}

// decodeBytes is Load, or LoadState, of a file with these bytes.
func decodeBytes(data []byte) (*Model, *State, error) {
	f, err := readSealed(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, nil, err
	}
	m, err := decodeModel(f)
	if err == nil {
		return m, nil, nil
	}
	s, err := decodeState(f)
	return nil, s, err
}

// TestEveryFlippedByteIsFound: a damaged file is never taken for a whole one.
func TestEveryFlippedByteIsFound(t *testing.T) {
	for _, data := range [][]byte{smallModel(t), smallState(t)} {
		if _, _, err := decodeBytes(data); err != nil {
			t.Fatal(err)
		}
		for i := range data {
			bit := byte(1) << (i % 8)
			data[i] ^= bit
			m, s, err := decodeBytes(data)
			if err == nil {
				t.Errorf("byte %d of %d, bit %d: nobody noticed (model %v, state %v)", i, len(data), i%8, m != nil, s != nil)
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("byte %d, bit %d: %q", i, i%8, err)
			}
			data[i] ^= bit
		}
	}
}

// TestEveryCutIsFound, and everything that is added.
func TestEveryCutIsFound(t *testing.T) {
	for _, data := range [][]byte{smallModel(t), smallState(t)} {
		for n := range data {
			if _, _, err := decodeBytes(data[:n]); err == nil {
				t.Errorf("cut to %d of %d bytes: nobody noticed", n, len(data))
			}
		}
		for _, more := range []string{"\x00", " ", "12345678"} {
			if _, _, err := decodeBytes(append(bytes.Clone(data), more...)); err == nil {
				t.Errorf("%d bytes more: nobody noticed", len(more))
			}
		}
	}
}

// TestAnotherFormOfTheSameFile: what means the same and is written in another way was
// not written by this program.
func TestAnotherFormOfTheSameFile(t *testing.T) {
	data := smallModel(t)
	for what, change := range map[string][2]string{
		"spaces":       {`"shape":[2,3]`, `"shape":[2, 3]`},
		"an escape":    {`"vae 1.2"`, `"vae\u00201.2"`},
		"an added key": {`"format":"pt"`, `"format":"pt","note":"x"`},
	} {
		header := bytes.Replace(data[8:], []byte(change[0]), []byte(change[1]), 1)
		longer := len(header) - len(data[8:])
		if longer == 0 {
			t.Fatalf("%s: there is no %s", what, change[0])
		}
		other := append(bytes.Clone(data[:8]), header...)
		size := int(other[0]) | int(other[1])<<8
		other[0], other[1] = byte(size+longer), byte((size+longer)>>8)
		if _, err := safetensors.Read(bytes.NewReader(other), int64(len(other))); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if _, _, err := decodeBytes(other); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want %v", what, err, ErrDamaged)
		}
	}
}

func TestDamageIsNamed(t *testing.T) {
	data := smallModel(t)
	data[len(data)-1] ^= 0x40 // within a weight, which stays finite
	file := filepath.Join(t.TempDir(), "m.safetensors")
	must(t, os.WriteFile(file, data, 0o666))
	_, err := Load(file)
	wantError(t, err, file, ": is damaged or was changed: its checksum is wrong")
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

// TestNewerVersionWithAnotherChecksum may be whole: the message says both.
func TestNewerVersionWithAnotherChecksum(t *testing.T) {
	f := exampleFile(t)
	f.Metadata[keyFormatVersion] = "3"
	_, err := Load(write(t, f))
	var version *VersionError
	if !errors.As(err, &version) || !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "format version 3") {
		t.Errorf("got %v", err)
	}
}

// TestModelsOfVersion1 have no checksum and are read; states of it are refused by
// name, and so is a model of version 2 without one.
func TestModelsOfVersion1(t *testing.T) {
	f := exampleFile(t)
	delete(f.Metadata, keyChecksum)
	f.Metadata[keyFormatVersion] = "1"
	got, err := Load(write(t, f))
	must(t, err)
	if diff := cmp.Diff(exampleModel(), got); diff != "" {
		t.Error(diff)
	}
	f.Metadata[keyChecksum] = noChecksum // one that is there must be right
	_, err = Load(write(t, f))
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
	f.Metadata[keyFormatVersion] = "2"
	delete(f.Metadata, keyChecksum)
	file := write(t, f)
	_, err = Load(file)
	wantError(t, err, file, `its metadata lack "checksum"`)

	old, err := encodeState(exampleState())
	must(t, err)
	old.Metadata[keyFormatVersion] = "1"
	file = write(t, old)
	_, err = loadState(file)
	wantError(t, err, file, "format version 1, which trainings that go on cannot start from; train anew")
}
