package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// DefaultMaxPixels is the most pixels that an image may claim where the
// caller sets no limit: 64 megapixels.
const DefaultMaxPixels = 64 << 20

const (
	// maxSide bounds one side of an image, as the JPEG format does. It keeps
	// the tables of a resize small for images of very few columns or rows.
	maxSide = 1<<16 - 1
	// bigPixels is where decoding becomes heavy: of images above it only one
	// is decoded at a time.
	bigPixels = 8 << 20
)

// fileLimit is the most bytes of an image file that is read, 4 for each
// allowed pixel and never less than 64 MiB.
func fileLimit(maxPixels int) int64 { return max(64<<20, 4*int64(maxPixels)) }

// format is an image format, told by the first bytes: '?' stands for any.
type format struct {
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

const pngMagic = "\x89PNG\r\n\x1a\n"

var formats = []format{
	{pngMagic, pngConfig, png.Decode},
	{"\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
	{"GIF87a", gif.DecodeConfig, decodeGIF},
	{"GIF89a", gif.DecodeConfig, decodeGIF},
	{"BM????\x00\x00\x00\x00", bmp.DecodeConfig, bmp.Decode},
	{"II*\x00", tiff.DecodeConfig, tiff.Decode},
	{"MM\x00*", tiff.DecodeConfig, tiff.Decode},
	{"RIFF????WEBPVP8", webp.DecodeConfig, webp.Decode},
}

// magicLen is the most bytes that a format is told by.
const magicLen = 16

func findFormat(head []byte) *format {
	for i := range formats {
		if matches(head, formats[i].magic) {
			return &formats[i]
		}
	}
	return nil
}

func matches(head []byte, magic string) bool {
	if len(head) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != head[i] {
			return false
		}
	}
	return true
}

// Decode reads one image: PNG, JPEG, the first frame of a GIF, BMP, TIFF or
// WebP, told by its content. An image that claims more than maxPixels pixels
// (0: DefaultMaxPixels) is refused before anything is allocated for it. Errors
// are one line that begins with name; a panic in a decoder is an error too.
func Decode(data []byte, name string, maxPixels int) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			img, err = nil, fmt.Errorf("%s: is damaged: the decoder gave up on it", name)
		}
	}()
	if maxPixels <= 0 {
		maxPixels = DefaultMaxPixels
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%s: is empty", name)
	}
	f := findFormat(data)
	if f == nil {
		return nil, fmt.Errorf("%s: is not an image this program reads (PNG, JPEG, GIF, BMP, TIFF, WebP)", name)
	}
	r := bytes.NewReader(data)
	c, err := f.config(r)
	if err != nil {
		return nil, decodeError(name, err)
	}
	if err := checkSize(name, c.Width, c.Height, maxPixels); err != nil {
		return nil, err
	}
	if c.Width*c.Height > bigPixels {
		oneBig <- struct{}{}
		defer func() { <-oneBig }()
	}
	if f.magic == pngMagic {
		if plain := decodeGrayPNG(data); plain != nil {
			return plain, nil
		}
	}
	r.Reset(data)
	if img, err = f.decode(r); err != nil {
		return nil, decodeError(name, err)
	}
	if img == nil || img.Bounds().Dx() != c.Width || img.Bounds().Dy() != c.Height {
		return nil, fmt.Errorf("%s: is damaged: its pixels do not have the size it claims", name)
	}
	return img, nil
}

// decodeFile reads and decodes the file at path; errors name it as name.
func decodeFile(file *fileReader, path, name string, maxPixels int) (image.Image, error) {
	data, err := file.read(path, name, fileLimit(maxPixels))
	if err != nil {
		return nil, err
	}
	return Decode(data, name, maxPixels)
}

// oneBig is held while a big image is decoded.
var oneBig = make(chan struct{}, 1)

// checkSize refuses the sizes that are not decoded.
func checkSize(name string, w, h, maxPixels int) error {
	switch {
	case w <= 0 || h <= 0:
		return fmt.Errorf("%s: claims %dx%d pixels; an image has at least one", name, w, h)
	case w > maxSide || h > maxSide:
		return fmt.Errorf("%s: claims %dx%d pixels, more than %d on a side", name, w, h, maxSide)
	case w > maxPixels/h:
		return fmt.Errorf("%s: claims %dx%d pixels, more than the limit of %d in all", name, w, h, maxPixels)
	}
	return nil
}

// decodeError is one line about data that no decoder accepts.
func decodeError(name string, err error) error {
	if errors.Is(err, io.EOF) || strings.HasSuffix(err.Error(), io.ErrUnexpectedEOF.Error()) { // some decoders do not wrap it
		return fmt.Errorf("%s: ends too early, it is truncated", name)
	}
	return fmt.Errorf("%s: cannot be decoded: %w", name, err)
}

// pngConfig is the size that a PNG claims, without the work that png.Decode
// does again: the signature, the length and name of IHDR, width, height.
func pngConfig(r io.Reader) (image.Config, error) {
	var head [24]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return image.Config{}, err
	}
	w, h := binary.BigEndian.Uint32(head[16:]), binary.BigEndian.Uint32(head[20:])
	if string(head[12:16]) != "IHDR" || w > math.MaxInt32 || h > math.MaxInt32 {
		return image.Config{}, png.FormatError("bad header")
	}
	return image.Config{Width: int(w), Height: int(h)}, nil
}

// decodeGIF is the first frame of a GIF, on its whole canvas: what the frame
// leaves out is transparent.
func decodeGIF(r io.Reader) (image.Image, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	c, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	frame, err := gif.Decode(bytes.NewReader(data))
	canvas := image.Rect(0, 0, c.Width, c.Height)
	if err != nil || frame.Bounds() == canvas {
		return frame, err
	}
	whole := image.NewNRGBA(canvas)
	draw.Draw(whole, frame.Bounds(), frame, frame.Bounds().Min, draw.Src)
	return whole, nil
}
