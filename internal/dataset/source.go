package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vae/data"
	"vae/internal/archive"
	"vae/internal/imagefile"
	"vae/internal/shards"
)

// task is an input that is still to be decoded: a file at path, raw pixels, or
// standard input.
type task struct {
	name, label string
	path        string
	packed      *archive.File // the file at path, within an archive
	pixels      *imagefile.Image
	stdin       bool
	err         error
}

// source yields the tasks of one argument, in order. next is called by one
// goroutine at a time; ok is false at the end.
type source interface {
	next() (t task, ok bool)
	reads(file fs.FileInfo) bool // it or any of what is next to come
	labelled() bool
	found() []string // see [Stream.Found]
	// count is how many tasks it has, of which next has given none; it writes what tells them from others.
	count(ctx context.Context, h io.Writer) (int, error)
	skip(n int) // passes over the first n tasks, without reading what they are of
	close()
}

// openSource finds out what an argument is. An only argument gives names
// relative to itself.
func openSource(ctx context.Context, arg string, only bool, maxPixels int) (source, error) {
	if file, number, ok := SplitNumber(arg); ok {
		s, err := openSource(ctx, file, only, maxPixels)
		if err != nil {
			return nil, err
		}
		return &one{source: s, arg: arg, file: file, number: number}, nil
	}
	if arg == "-" {
		return &single{task: task{name: "stdin", stdin: true}}, nil
	}
	if part, ok := strings.CutPrefix(arg, "mnist:"); ok {
		return openMNIST(part)
	}
	if _, several, err := shards.Names(arg); several {
		if err != nil || only {
			return openShards(ctx, arg, "")
		}
		return openShards(ctx, arg, filepath.ToSlash(arg))
	}
	info, err := os.Stat(arg)
	switch name := filepath.ToSlash(arg); {
	case errors.Is(err, fs.ErrNotExist) && arg == "mnist":
		return nil, errors.New("mnist: no such file or folder; MNIST's images are mnist:train and mnist:test")
	case err != nil && inFile(arg) != "":
		return nil, fmt.Errorf("%s: no such file or folder; %s", arg, inFile(arg))
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: no such file or folder", arg)
	case err != nil:
		return nil, fileError(arg, err)
	case info.IsDir() && only:
		return openFolder(ctx, arg, "")
	case info.IsDir():
		return openFolder(ctx, arg, name)
	case info.Mode().IsRegular() && archive.IsName(arg) && only:
		return openFolder(ctx, arg, "")
	case info.Mode().IsRegular() && archive.IsName(arg):
		return openFolder(ctx, arg, name)
	case info.Mode().IsRegular() && imagefile.IsArray(arg):
		return openArraySource(arg, maxPixels)
	case info.Mode().IsRegular() && looksIDX(arg):
		return openIDXSource(arg, maxPixels)
	case !info.Mode().IsRegular():
		return &single{task: task{name: name, err: fileError(name, notFile(info.Mode()))}}, nil
	default:
		return &single{task: task{name: name, path: arg}}, nil
	}
}

// Reads tells whether a file, reached by whatever path or link, is among those that the
// inputs args are read from, and of which of them. What is no input is left to [Open].
func Reads(ctx context.Context, args []string, file fs.FileInfo) (arg string, found bool) {
	for _, arg := range args {
		s, err := openSource(ctx, arg, true, DefaultMaxPixels)
		if err != nil {
			continue
		}
		found := s.reads(file)
		s.close()
		if found {
			return arg, true
		}
	}
	return "", false
}

func isFile(path string, file fs.FileInfo) bool {
	info, err := os.Stat(path)
	return err == nil && os.SameFile(info, file)
}

// single is a source of one task.
type single struct {
	task task
	done bool
}

func (s *single) next() (task, bool) {
	ok := !s.done
	s.done = true
	return s.task, ok
}
func (s *single) reads(file fs.FileInfo) bool { return isFile(s.task.path, file) }
func (s *single) labelled() bool              { return false }
func (s *single) found() []string             { return nil }
func (s *single) close()                      {}

// idxSource yields the images of an IDX file, read as they are asked for, and
// their labels.
type idxSource struct {
	images, labels *idxReader // labels is nil where there are none
	files          []io.Closer
	prefix         string
	ended          bool
	failed         error    // of what was passed
	paths          []string // of files that are not embedded
}

func (s *idxSource) next() (task, bool) {
	if s.ended {
		return task{}, false
	}
	img := &imagefile.Image{Width: s.images.cols, Height: s.images.rows, Channels: 1, U8: make([]uint8, s.images.item()), High: math.MaxUint8}
	t := task{name: s.prefix + indexName(s.images.read), pixels: img, err: s.failed}
	if t.err == nil {
		t.label, t.err = s.read(img.U8)
	}
	s.ended = t.err != nil
	return t, t.err != io.EOF
}

// read reads an image into pix, and its label; io.EOF where both end.
func (s *idxSource) read(pix []uint8) (label string, err error) {
	err = s.images.next(pix)
	if s.labels == nil || err != nil && err != io.EOF {
		return "", err
	}
	var b [1]uint8
	if err := s.labels.next(b[:]); err != nil { // there are as many labels as images
		return "", err
	}
	return strconv.Itoa(int(b[0])), nil
}
func (s *idxSource) reads(file fs.FileInfo) bool {
	return slices.ContainsFunc(s.paths, func(path string) bool { return isFile(path, file) })
}
func (s *idxSource) labelled() bool  { return s.labels != nil }
func (s *idxSource) found() []string { return nil }
func (s *idxSource) close() {
	for _, f := range s.files {
		f.Close()
	}
}

// looksIDX tells whether a file argument is to be read as IDX: by its first
// bytes, also within gzip, or by a name like MNIST's.
func looksIDX(arg string) bool {
	if imagefile.IsExtension(filepath.Ext(arg)) {
		return false
	}
	name := filepath.Base(arg)
	return strings.Contains(name, "idx3-ubyte") || strings.Contains(name, "idx1-ubyte") || startsIDX(arg)
}

// openIDXSource opens an IDX file of images and the label file beside it that
// has the matching name, if there is one.
func openIDXSource(arg string, maxPixels int) (source, error) {
	x, file, err := openIDX(arg, idxImages, maxPixels)
	if err != nil {
		return nil, err
	}
	base := filepath.Base(arg)
	s := &idxSource{images: x, files: []io.Closer{file}, paths: []string{arg}, prefix: strings.TrimSuffix(base, ".gz") + "/"}
	if labels := labelFile(filepath.Dir(arg), base); labels != "" {
		if s.labels, file, err = openIDXLabels(labels, arg, x.n); err != nil {
			s.close()
			return nil, err
		}
		s.files, s.paths = append(s.files, file), append(s.paths, labels)
	}
	return s, nil
}

// openMNIST streams a part of MNIST from the program itself.
func openMNIST(part string) (source, error) {
	p, err := findPart(part)
	if err != nil {
		return nil, err
	}
	s := &idxSource{prefix: "mnist:" + part + "/"}
	if s.images, err = s.openEmbedded(p.images.name); err != nil {
		return nil, err
	}
	s.labels, err = s.openEmbedded(p.labels.name)
	return s, err
}

// openEmbedded opens an IDX file embedded in the program.
func (s *idxSource) openEmbedded(name string) (*idxReader, error) {
	file, err := data.FS.Open(name)
	if err != nil {
		return nil, err
	}
	s.files = append(s.files, file)
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return newIDX(file, info.Size(), name, DefaultMaxPixels)
}
