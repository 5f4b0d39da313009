// Package tiff reads TIFF files (TIFF 6.0, its technical notes, BigTIFF): the
// pages of a file, their samples in the depth that they have.
//
// What is not read is refused by an error that says what it is. Whatever a file
// claims, no more is allocated than its size and the image's account for.
package tiff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// File is a file in memory, and where its pages are described.
type File struct {
	data  []byte
	order binary.ByteOrder
	big   bool
	ifds  []uint64 // offsets

	// Rest is what is wrong with the pages after the last, nil for nothing.
	Rest error
}

const (
	// maxPages is the most pages of a file.
	maxPages = 1 << 16
	// maxEntries is the most entries of all pages, which are looked through.
	maxEntries = 1 << 22
)

// Open finds the pages of a file. Smaller copies of a page and masks are none,
// unless there is nothing else.
func Open(data []byte) (*File, error) {
	f, first, err := header(data)
	if err != nil {
		return nil, err
	}
	all, err := f.chain(first)
	if len(all) == 0 {
		return nil, err
	}
	f.Rest = err
	for _, at := range all {
		d := f.directory(at)
		if d.has(tagDNGVersion) {
			return nil, errors.New("tiff: is the raw data of a camera (DNG), which is not supported; develop it into a TIFF")
		}
		if d.uint(tagNewSubfileType, 0)&(subfileReduced|subfileMask) == 0 {
			f.ifds = append(f.ifds, at)
		}
	}
	if len(f.ifds) == 0 {
		f.ifds = all
	}
	return f, nil
}

// header reads the byte order, the kind of offsets and the first of them.
func header(data []byte) (f *File, first uint64, err error) {
	if len(data) < 8 {
		return nil, 0, io.ErrUnexpectedEOF
	}
	f = &File{data: data, order: binary.LittleEndian}
	if data[0] == 'M' {
		f.order = binary.BigEndian
	}
	switch version := f.order.Uint16(data[2:]); version {
	case 42:
		return f, uint64(f.order.Uint32(data[4:])), nil
	case 43:
		if f.big = true; len(data) < 16 {
			return nil, 0, io.ErrUnexpectedEOF
		}
		if size := f.order.Uint16(data[4:]); size != 8 {
			return nil, 0, fmt.Errorf("tiff: offsets of %d bytes", size)
		}
		return f, f.order.Uint64(data[8:]), nil
	default:
		return nil, 0, fmt.Errorf("tiff: version %d", version)
	}
}

// chain follows the directories of the file, as far as they go.
func (f *File) chain(at uint64) (all []uint64, err error) {
	seen := map[uint64]bool{}
	for entries := uint64(0); at != 0; {
		switch {
		case seen[at]:
			return all, errors.New("tiff: its pages follow each other in a circle")
		case len(all) == maxPages:
			return all, fmt.Errorf("tiff: more than %d pages", maxPages)
		}
		d := f.directory(at)
		if entries += d.n; d.table == nil {
			return all, io.ErrUnexpectedEOF
		}
		if entries > maxEntries {
			return all, fmt.Errorf("tiff: more than %d entries in its directories", maxEntries)
		}
		seen[at], all = true, append(all, at)
		at = d.next
	}
	if len(all) == 0 {
		return nil, errors.New("tiff: no page")
	}
	return all, nil
}

// Len is the number of pages.
func (f *File) Len() int { return len(f.ifds) }
