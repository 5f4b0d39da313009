package run

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"

	"vae/internal/atomicfile"
	"vae/internal/kernel"
	"vae/internal/npy"
)

// MapsFolder is the folder of a run that holds maps of codes, which can be made again.
const MapsFolder = "maps"

// SaveMap keeps the places [N,2] of a map in the folder of a run, as NPY, under a name that says all that
// it depends on.
func SaveMap(folder, name string, places []float32) error {
	header, _, err := npy.Float32Header(len(places)/2, 2)
	if err != nil {
		return err
	}
	maps := filepath.Join(folder, MapsFolder)
	if err := os.MkdirAll(maps, 0o777); err != nil {
		return err
	}
	return atomicfile.Replace(filepath.Join(maps, name+".npy"), func(w io.Writer) error {
		if _, err := w.Write(header); err != nil {
			return err
		}
		return binary.Write(w, binary.LittleEndian, places)
	})
}

// LoadMap is what SaveMap kept under a name, of n rows; nil where there is none such.
func LoadMap(folder, name string, n int) []float32 {
	header, _, err := npy.Float32Header(n, 2)
	if err != nil {
		return nil
	}
	file := filepath.Join(folder, MapsFolder, name+".npy")
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(header))+8*int64(n) {
		return nil
	}
	content, err := os.ReadFile(file)
	if err != nil || len(content) != len(header)+8*n || !bytes.HasPrefix(content, header) {
		return nil
	}
	places := make([]float32, 2*n)
	for i := range places {
		places[i] = math.Float32frombits(binary.LittleEndian.Uint32(content[len(header)+4*i:]))
	}
	if !kernel.Finite(places) {
		return nil
	}
	return places
}
