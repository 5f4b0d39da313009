package imagefile

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"iter"
	"strings"
)

// maxScans is the most scans of a JPEG that is decoded. An encoder makes about
// ten. A scan of a few bytes can go over all pixels, so that without a limit a
// small file would take hours.
const maxScans = 100

func decodeJPEG(data []byte) (image.Image, error) {
	if n := countScans(data); n > maxScans {
		return nil, fmt.Errorf("jpeg: %d scans, more than the limit of %d", n, maxScans)
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) && wholeScan(data):
		if whole, err := jpeg.Decode(io.MultiReader(bytes.NewReader(data), strings.NewReader("\xff\xd9"))); err == nil {
			return whole, nil
		}
	case err != nil && !bytes.Contains(data, []byte("\xff\xd9")): // within the last pixels
		err = io.ErrUnexpectedEOF
	}
	return img, err
}

// wholeScan tells whether a JPEG has all its components in one scan: its pixels are
// all there if that scan is, with the mark of the end or without.
func wholeScan(data []byte) bool {
	components := byte(0)
	for s := range segments(data) {
		switch marker := s[0]; {
		case marker >= 0xc0 && marker <= 0xc1 && len(s) > 8:
			components = s[8]
		case marker == 0xda:
			return len(s) > 3 && s[3] == components
		}
	}
	return false
}

// countScans is the number of scans before the end of the image.
func countScans(data []byte) (n int) {
	for s := range segments(data) {
		if s[0] == 0xda {
			n++
		}
	}
	return n
}

// segments are the parts of a JPEG up to the end of the image, each the rest of the
// data from its marker on.
func segments(data []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for {
			at := bytes.IndexByte(data, 0xff)
			if at < 0 || at+1 >= len(data) {
				return
			}
			marker := data[at+1]
			data = data[at+1:]
			switch {
			case marker == 0xff: // fill
				continue
			case marker == 0xd9: // end of image
				return
			case marker < 0xc0 || marker >= 0xd0 && marker <= 0xd8: // a pixel's 0xff, a restart, the start
				continue
			}
			if !yield(data) {
				return
			}
			data = skipSegment(data)
		}
	}
}

// skipSegment is what follows the segment whose marker data begins with.
func skipSegment(data []byte) []byte {
	if len(data) < 3 {
		return nil
	}
	return data[min(len(data), 1+max(2, int(data[1])<<8|int(data[2]))):]
}
