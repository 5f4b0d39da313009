package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"io"
	"strings"

	"github.com/bep/imagemeta"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"vae/internal/config"
)

// DefaultMaxPixels is the most pixels that an image may claim where the
// caller sets no limit: 64 megapixels.
const DefaultMaxPixels = 64 << 20

// orDefault is the limit that a caller has set, or the default.
func orDefault(maxPixels int) int {
	if maxPixels > 0 {
		return maxPixels
	}
	return DefaultMaxPixels
}

// maxSide bounds one side of an image, as the JPEG format does. It keeps the
// tables of a resize small for images of very few columns or rows.
const maxSide = 1<<16 - 1

// fileLimit is the most bytes of an image file that is read, 4 for each
// allowed pixel and never less than 64 MiB.
func fileLimit(maxPixels int) int64 { return max(64<<20, 4*int64(maxPixels)) }

// format is an image format, told by the first bytes: '?' stands for any.
type format struct {
	magic  string
	exif   *exif // nil where there is none
	config func(data []byte) (image.Config, error)
	decode func(data []byte) (image.Image, error)
}

const pngMagic = "\x89PNG\r\n\x1a\n"

var formats = []format{
	{pngMagic, &exif{imagemeta.PNG, "eXIf"}, pngConfig, decodePNG},
	{"\xff\xd8\xff", &exif{imagemeta.JPEG, "Exif\x00\x00"}, reading(jpeg.DecodeConfig), decodeJPEG},
	{"GIF87a", nil, reading(gif.DecodeConfig), decodeGIF},
	{"GIF89a", nil, reading(gif.DecodeConfig), decodeGIF},
	{"BM????\x00\x00\x00\x00", nil, reading(bmp.DecodeConfig), reading(bmp.Decode)},
	{"II*\x00", &exif{imagemeta.TIFF, ""}, reading(tiff.DecodeConfig), reading(tiff.Decode)},
	{"MM\x00*", &exif{imagemeta.TIFF, ""}, reading(tiff.DecodeConfig), reading(tiff.Decode)},
	{"RIFF????WEBPVP8", &exif{imagemeta.WebP, "EXIF"}, reading(webp.DecodeConfig), decodeWebP},
}

// reading turns a decoder of a reader into one of bytes.
func reading[T any](decode func(io.Reader) (T, error)) func([]byte) (T, error) {
	return func(data []byte) (T, error) { return decode(bytes.NewReader(data)) }
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

// decode reads one image, PNG, JPEG, GIF, BMP, TIFF or WebP, told by its
// content, and hands it to use, turned as its EXIF orientation says; of an
// animation the first frame. An image that claims more than maxPixels pixels is
// refused before anything is allocated for it. Errors are one line that begins
// with name; a panic in a decoder is an error too.
func decode(data []byte, name string, maxPixels int, use func(image.Image)) error {
	var t turn
	defer t.end()
	return t.decode(data, name, maxPixels, use)
}

// decode is [decode] within a turn, which is taken for a big image.
func (t *turn) decode(data []byte, name string, maxPixels int, use func(image.Image)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: is damaged: the decoder gave up on it", name)
		}
	}()
	f, c, err := claim(data, name, maxPixels)
	if err != nil {
		return err
	}
	if c.Width*c.Height > bigPixels {
		t.take()
	}
	img, err := f.decode(data)
	if err != nil {
		return decodeError(name, err)
	}
	if img == nil || img.Bounds().Dx() != c.Width || img.Bounds().Dy() != c.Height {
		return fmt.Errorf("%s: is damaged: its pixels do not have the size it claims", name)
	}
	use(upright(img, f.exif.orientation(data)))
	return nil
}

// claim is the format of an image and the size that it claims.
func claim(data []byte, name string, maxPixels int) (f *format, c image.Config, err error) {
	if len(data) == 0 {
		return nil, c, fmt.Errorf("%s: is empty", name)
	}
	if f = findFormat(data); f == nil {
		return nil, c, fmt.Errorf("%s: is not an image this program reads (PNG, JPEG, GIF, BMP, TIFF, WebP)", name)
	}
	if c, err = f.config(data); err != nil {
		return nil, c, decodeError(name, err)
	}
	return f, c, checkSize(name, c.Width, c.Height, maxPixels)
}

// checkSize refuses the sizes that are not decoded.
func checkSize(name string, w, h, maxPixels int) error {
	switch {
	case w <= 0 || h <= 0:
		return fmt.Errorf("%s: claims %dx%d pixels; an image has at least one", name, w, h)
	case w > maxSide || h > maxSide:
		return fmt.Errorf("%s: claims %dx%d pixels, more than %d on a side", name, w, h, maxSide)
	case w > maxPixels/h:
		return fmt.Errorf("%s: claims %dx%d pixels, more than the limit of %d in all; %s raises it", name, w, h, maxPixels, config.Mention("max_pixels"))
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

// sniff tells whether a file begins like an image.
func sniff(head []byte) bool { return findFormat(head) != nil }
