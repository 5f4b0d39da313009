package imagefile

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
)

// maxScans is the most scans of a JPEG that is decoded. An encoder makes about
// ten. A scan of a few bytes can go over all pixels, so that without a limit a
// small file would take hours.
const maxScans = 100

func decodeJPEG(data []byte) (image.Image, error) {
	if n := countScans(data); n > maxScans {
		return nil, fmt.Errorf("jpeg: %d scans, more than the limit of %d", n, maxScans)
	}
	return jpeg.Decode(bytes.NewReader(data))
}

// countScans is the number of scans before the end of the image.
func countScans(data []byte) (n int) {
	for {
		at := bytes.IndexByte(data, 0xff)
		if at < 0 || at+1 >= len(data) {
			return n
		}
		marker := data[at+1]
		data = data[at+1:]
		switch {
		case marker == 0xff: // fill
			continue
		case marker == 0xd9: // end of image
			return n
		case marker == 0xda:
			n++
		case marker < 0xc0 || marker >= 0xd0 && marker <= 0xd8: // a pixel's 0xff, a restart, the start
			continue
		}
		data = skipSegment(data)
	}
}

// skipSegment is what follows the segment whose marker data begins with.
func skipSegment(data []byte) []byte {
	if len(data) < 3 {
		return nil
	}
	return data[min(len(data), 1+max(2, int(data[1])<<8|int(data[2]))):]
}
