package run

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"

	"vae/internal/atomicfile"
	"vae/internal/kernel"
	"vae/internal/npy"
)

// MapsFolder is the folder of a run that holds maps of codes, which can be made again.
const MapsFolder = "maps"

// MapName says all that a map depends on: how it is made, a digest of the weights, one of codes and settings.
type MapName struct{ Method, Model, Rest string }

func (n MapName) file() string { return n.Method + "-" + n.Model + "-" + n.Rest + ".npy" }

// mapFile is the name of a map, of this version with the digest of its model, of an older one without.
var mapFile = regexp.MustCompile(`^(?:tsne|umap)(?:-([0-9a-f]{16}))?-[0-9a-f]{16}\.npy$`)

// SaveMap keeps the places [N,2] of a map in the folder of a run, as NPY, and removes those of other models than its own,
// the one that the run has. A folder that is gone stays so.
func SaveMap(folder string, name MapName, places []float32) error {
	header, _, err := npy.Float32Header(len(places)/2, 2)
	if err != nil {
		return err
	}
	maps := filepath.Join(folder, MapsFolder)
	if err := os.Mkdir(maps, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	err = atomicfile.Replace(filepath.Join(maps, name.file()), func(w io.Writer) error {
		if _, err := w.Write(header); err != nil {
			return err
		}
		return binary.Write(w, binary.LittleEndian, places)
	})
	if err != nil {
		return err
	}
	return removeMaps(maps, name.Model)
}

// removeMaps removes the maps of other models from their folder, and no file that has another name than theirs.
func removeMaps(maps, model string) error {
	entries, err := os.ReadDir(maps)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if named := mapFile.FindStringSubmatch(e.Name()); named != nil && named[1] != model && e.Type().IsRegular() {
			err = errors.Join(err, os.Remove(filepath.Join(maps, e.Name())))
		}
	}
	return err
}

// LoadMap is what SaveMap kept under a name, of n rows; nil where there is none such.
func LoadMap(folder string, name MapName, n int) []float32 {
	header, _, err := npy.Float32Header(n, 2)
	if err != nil {
		return nil
	}
	file := filepath.Join(folder, MapsFolder, name.file())
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
