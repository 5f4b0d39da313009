package imagefile

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"vae/internal/inputfile"
	"vae/internal/npy"
)

// openNPZ is a file of several arrays: a zip of files in NumPy's format.
func openNPZ(path string, o Options) (*Arrays, error) {
	entries, err := npzEntries(path)
	if err != nil {
		return nil, err
	}
	roles := map[Role]map[string]npzEntry{ImageRole: {}, LabelRole: {}}
	for _, e := range entries {
		role, part := e.role()
		if other, ok := roles[role][part]; ok {
			return nil, fmt.Errorf("%s: holds %s and %s, and which is meant is not clear; name the images x and their labels y", path, other.name, e.name)
		}
		if role != NoRole {
			roles[role][part] = e
		}
	}
	if len(roles[ImageRole]) == 0 {
		only, err := onlyImages(path, entries)
		if err != nil {
			return nil, err
		}
		roles[ImageRole][""] = only
	}
	return assembleNPZ(path, entries, roles, o)
}

// assembleNPZ joins images and labels of the same part.
func assembleNPZ(path string, entries []npzEntry, roles map[Role]map[string]npzEntry, o Options) (*Arrays, error) {
	all := &Arrays{}
	used := map[string]bool{}
	for _, part := range []string{"train", "validation", "test", ""} {
		images, ok := roles[ImageRole][part]
		if !ok {
			continue
		}
		labels, labelled := roles[LabelRole][part]
		if flat := images.header.Shape; labelled && len(flat) == 2 && len(labels.header.Shape) > 0 && labels.header.Shape[0] == flat[0] {
			return nil, fmt.Errorf("%s: %s has the shape %s, a row an image; reshape it to [N, height, width]", path, images.name, images.header.ShapeText())
		}
		a, err := newArray(path, images.name, part, images.open, o)
		if err != nil {
			return nil, err
		}
		if used[images.name] = true; labelled {
			if a.Labels, err = readLabels(path, labels.name, labels.open, a); err != nil {
				return nil, err
			}
			used[labels.name] = true
		}
		all.Images = append(all.Images, a)
	}
	for _, e := range entries {
		if !used[e.name] {
			all.LeftOut = append(all.LeftOut, e.name)
		}
	}
	return all, nil
}

// npzEntry is an array in an NPZ.
type npzEntry struct {
	name   string // without .npy
	header npy.Header
	err    error // why its elements cannot be read
	open   opener
}

// role is that of its name. One that is named by its part alone holds images, if it
// can.
func (e npzEntry) role() (Role, string) {
	role, part := ArrayName(e.name)
	if role == NoRole && part != "" && len(e.header.Shape) >= 3 {
		role = ImageRole
	}
	return role, part
}

// maxArrays is the most arrays of a file.
const maxArrays = 1000

// npzEntries are all arrays of a file.
func npzEntries(path string) ([]npzEntry, error) {
	f, size, err := inputfile.Open(path, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, fmt.Errorf("%s: is damaged: %w", path, err)
	}
	var entries []npzEntry
	for _, file := range z.File {
		name, ok := strings.CutSuffix(file.Name, ".npy")
		if !ok {
			continue
		}
		if len(entries) == maxArrays {
			return nil, fmt.Errorf("%s: holds more than %d arrays", path, maxArrays)
		}
		e := npzEntry{name: name, open: npzOpener(path, file.Name)}
		r, _, header, err := openEntry(file)
		if e.header, e.err = header, err; err == nil {
			r.Close()
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%s: holds no array of NumPy", path)
	}
	return entries, nil
}

// maxDeflate is more than deflate can ever expand one byte to.
const maxDeflate = 1040

// openEntry opens an entry of a zip and holds its sizes against its header.
func openEntry(file *zip.File) (io.ReadCloser, *bufio.Reader, npy.Header, error) {
	var h npy.Header
	if file.Flags&1 != 0 {
		return nil, nil, h, errors.New("is encrypted")
	}
	body, err := file.Open()
	if err != nil {
		return nil, nil, h, err
	}
	r := bufio.NewReaderSize(body, 64<<10)
	h, err = npy.ReadHeader(r)
	switch n := h.Size(); {
	case err != nil:
	case n > file.UncompressedSize64 || n > (file.CompressedSize64+1)*maxDeflate:
		err = io.ErrUnexpectedEOF
	case file.UncompressedSize64 > n+npy.MaxStart:
		err = errors.New("has trailing data")
	}
	if err != nil {
		body.Close()
		return nil, nil, h, err
	}
	return body, r, h, nil
}

// npzOpener opens the file and in it an entry.
func npzOpener(path, name string) opener {
	return func() (io.ReadCloser, *bufio.Reader, npy.Header, error) {
		f, size, err := inputfile.Open(path, path)
		if err != nil {
			return nil, nil, npy.Header{}, fault{err}
		}
		z, err := zip.NewReader(f, size)
		if err == nil {
			err = errors.New("is no longer there")
			for _, file := range z.File {
				if file.Name == name {
					var body io.ReadCloser
					var r *bufio.Reader
					var h npy.Header
					if body, r, h, err = openEntry(file); err == nil {
						return twoClosers{body, f}, r, h, nil
					}
					break
				}
			}
		}
		f.Close()
		return nil, nil, npy.Header{}, err
	}
}

// twoClosers closes an entry and its file.
type twoClosers struct {
	io.ReadCloser
	file io.Closer
}

func (c twoClosers) Close() error { return errors.Join(c.ReadCloser.Close(), c.file.Close()) }

// onlyImages is the array that must be the images where no name tells.
func onlyImages(path string, entries []npzEntry) (npzEntry, error) {
	var found []npzEntry
	var names []string
	for _, e := range entries {
		if e.err == nil && !e.header.IsText() && (len(e.header.Shape) >= 3 || len(entries) == 1) {
			found = append(found, e)
		}
		shape := e.header.ShapeText()
		if e.err != nil {
			shape = "(" + e.err.Error() + ")"
		}
		if names = append(names, e.name+" "+shape); len(names) == 10 {
			break
		}
	}
	if len(entries) == 1 && entries[0].err != nil {
		return npzEntry{}, arrayError(path, entries[0].name, entries[0].err)
	}
	if len(found) != 1 {
		return npzEntry{}, fmt.Errorf("%s: holds %s, and which are the images is not clear; name them x and their labels y", path, strings.Join(names, ", "))
	}
	return found[0], nil
}
