package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"vae/internal/config"
)

// loaded is what a loader finds, before it is split.
type loaded struct {
	train      *Set // training images, then those of a validation folder
	validation int  // how many of them, at the end of train, are a validation folder's
	test       *Set // nil when the data have no test images
}

// Load reads the images that cfg asks for and splits them. Source is "mnist",
// a folder of IDX files or a folder of images. The validation images, and the
// test images where the data have none, are drawn with the seed. Errors are
// one line that names the file, the folder or the flag.
func Load(cfg config.Data, seed uint64) (*Splits, error) {
	want, err := cfg.Shape()
	if err != nil {
		return nil, err
	}
	l, name, err := read(cfg.Source, want)
	if err != nil {
		return nil, err
	}
	splits, err := split(l, cfg, seed)
	if err != nil {
		return nil, err
	}
	splits.Name, splits.SHA256 = name, l.digest()
	return splits, nil
}

// read finds the loader of source and gives the data a name.
func read(source string, want config.Shape) (*loaded, string, error) {
	if source == "mnist" {
		l, err := loadMNIST()
		if err != nil {
			return nil, "", err
		}
		return l.fitted(want), "mnist", nil
	}
	if err := checkFolder(source); err != nil {
		return nil, "", err
	}
	name := source
	if abs, err := filepath.Abs(source); err == nil {
		name = abs
	}
	name = filepath.Base(name)
	if idx := findIDX(source); idx != nil {
		l, err := idx.load()
		if err != nil {
			return nil, "", err
		}
		return l.fitted(want), name, nil
	}
	l, err := loadFolder(source, want)
	return l, name, err
}

// checkFolder refuses a source that is no folder.
func checkFolder(source string) error {
	info, err := os.Stat(source)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s: no such folder; --data takes mnist or a folder", source)
	case err != nil:
		return fileError(source, err)
	case !info.IsDir():
		return fmt.Errorf("%s: is a file; --data takes mnist or a folder (of images, or of IDX files)", source)
	}
	return nil
}

// fitted brings both sets to the wanted shape.
func (l *loaded) fitted(want config.Shape) *loaded {
	l.train = fitSet(l.train, want)
	if l.test != nil {
		l.test = fitSet(l.test, want)
	}
	return l
}

func (l *loaded) digest() string {
	if l.test == nil {
		return digest(l.train)
	}
	return digest(l.train, l.test)
}

// fitSet gives the images of s the wanted shape, of which zero parts are left
// as they are. A set that has the shape already is returned itself.
func fitSet(s *Set, want config.Shape) *Set {
	shape := resolve(want, s.Shape)
	if shape == s.Shape {
		return s
	}
	out := *s
	out.Shape = shape
	d := shape.Pixels()
	out.Pixels = make([]uint8, s.Len()*d)
	parallel(s.Len(), func() func(int) {
		f := &fitter{shape: shape}
		return func(i int) {
			copy(out.Pixels[i*d:], f.fit(raster{s.Shape.Width, s.Shape.Height, s.Shape.Channels, s.Image(i)}))
		}
	})
	return &out
}

// resolve fills the zero parts of the wanted shape.
func resolve(want, own config.Shape) config.Shape {
	if want.Width > 0 && want.Height > 0 {
		own.Width, own.Height = want.Width, want.Height
	}
	if want.Channels > 0 {
		own.Channels = want.Channels
	}
	return own
}
