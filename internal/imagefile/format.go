package imagefile

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"slices"
	"strings"

	"github.com/bep/imagemeta"
)

// Formats are the formats that are read, for a message.
const Formats = "PNG, JPEG, GIF, BMP, TIFF, WebP, PNM"

// extensions are the endings of files that are taken for images. What they hold
// is told by content.
var extensions = []string{".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".webp",
	".pbm", ".pgm", ".ppm", ".pnm", ".pam", ".pfm"}

// IsExtension tells whether files with the ending, which begins with a dot, are
// taken for images.
func IsExtension(ext string) bool {
	return slices.Contains(extensions, ext) || slices.Contains(extensions, strings.ToLower(ext))
}

// format is an image format, told by the first bytes: '?' stands for any.
type format struct {
	magic string
	is    func(head []byte) bool // what else its first bytes must be; nil for nothing
	exif  *exif                  // nil where there is none
	read  func(*job) (pages int, err error)
}

const pngMagic = "\x89PNG\r\n\x1a\n"

var formats = []format{
	{magic: pngMagic, exif: &exif{imagemeta.PNG, "eXIf"}, read: readPNG},
	{magic: "\xff\xd8\xff", exif: &exif{imagemeta.JPEG, "Exif\x00\x00"}, read: still(reading(jpeg.DecodeConfig), decodeJPEG)},
	{magic: "GIF87a", read: readGIF},
	{magic: "GIF89a", read: readGIF},
	{magic: "BM????\x00\x00\x00\x00", read: still(bmpConfig, decodeBMP)},
	{magic: "II*\x00", read: readTIFF},
	{magic: "MM\x00*", read: readTIFF},
	{magic: "II+\x00\x08\x00\x00\x00", read: readTIFF},
	{magic: "MM\x00+\x00\x08\x00\x00", read: readTIFF},
	{magic: "RIFF????WEBPVP8", exif: &exif{imagemeta.WebP, "EXIF"}, read: readWebP},
	{magic: "P", is: isPNM, read: readPNM},
}

// reading turns a decoder of a reader into one of bytes.
func reading[T any](decode func(io.Reader) (T, error)) func([]byte) (T, error) {
	return func(data []byte) (T, error) { return decode(bytes.NewReader(data)) }
}

// HeadLen is the most bytes that a format is told by.
const HeadLen = 16

// IsImage tells whether a file that begins with head has a format that is read.
func IsImage(head []byte) bool { return findFormat(head) != nil }

func findFormat(head []byte) *format {
	for i := range formats {
		if f := &formats[i]; matches(head, f.magic) && (f.is == nil || f.is(head)) {
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

// job is the decoding of one file.
type job struct {
	data []byte
	name string
	o    Options
	turn *turn
	exif *exif
	use  func(page int, img Image) error
}

// fault is an error that goes out as it is.
type fault struct{ error }

// collections are how files of many images begin, and what they are: read by the endings of their names.
var collections = []struct{ magic, what string }{
	{"\x93NUMPY", "an array of NumPy: give it as a file whose name ends in .npy"},
	{"PK\x03\x04", "a zip: give it as a file whose name ends in .zip, or in .npz if it is NumPy's"},
	{"\x1f\x8b", "packed by gzip: give it as a file whose name ends in .tar.gz, or in .gz if it is in the IDX format"},
	{"\x00\x00\x08\x03", "in the IDX format of many images: give it as a file"},
}

// noImage is the error about what is in no format that is read.
func (j *job) noImage() error {
	for _, c := range collections {
		if strings.HasPrefix(string(j.data[:min(len(j.data), len(c.magic))]), c.magic) {
			return fmt.Errorf("%s: is no image, but %s", j.name, c.what)
		}
	}
	return fmt.Errorf("%s: is not an image this program reads (%s)", j.name, Formats)
}

// run decodes the file. A panic in a decoder is an error too.
func (j *job) run() (pages int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: is damaged: the decoder gave up on it", j.name)
		}
	}()
	if len(j.data) == 0 {
		return 0, fmt.Errorf("%s: is empty", j.name)
	}
	f := findFormat(j.data)
	if f == nil || f.isTIFF() {
		if kind, advice := Unsupported(j.data[:min(len(j.data), UnsupportedHead)], j.name); kind != "" {
			return 0, fmt.Errorf("%s: %s is not supported; %s", j.name, kind, advice)
		}
	}
	if f == nil {
		return 0, j.noImage()
	}
	j.exif = f.exif
	pages, err = f.read(j)
	return pages, j.reason(err)
}

// reason is one line about what a decoder does not accept.
func (j *job) reason(err error) error {
	var out fault
	switch {
	case err == nil:
		return nil
	case errors.As(err, &out):
		return out.error
	case errors.Is(err, io.EOF) || strings.HasSuffix(err.Error(), io.ErrUnexpectedEOF.Error()): // some decoders do not wrap it
		return fmt.Errorf("%s: ends too early, it is truncated", j.name)
	}
	return fmt.Errorf("%s: cannot be decoded: %w", j.name, err)
}

// begin lets an image of a size be decoded: it is not refused, and if it is big it
// is its turn.
func (j *job) begin(w, h int) error {
	if err := CheckSize(j.name, w, h, j.o.maxPixels()); err != nil {
		return fault{err}
	}
	if j.o.Claimed != nil {
		if err := j.o.Claimed(w, h); err != nil {
			return fault{err}
		}
	}
	if w*h > bigPixels {
		j.turn.take()
	}
	return nil
}

// give hands a page to its user.
func (j *job) give(page int, img Image) error {
	if err := j.use(page, img); err != nil {
		return fault{fmt.Errorf("%s: %w", j.name, err)}
	}
	return nil
}

// still reads a format of one image by two functions.
func still(config func([]byte) (image.Config, error), decode func([]byte) (image.Image, error)) func(*job) (int, error) {
	return func(j *job) (int, error) {
		c, err := config(j.data)
		if err != nil {
			return 0, err
		}
		if err := j.begin(c.Width, c.Height); err != nil {
			return 0, err
		}
		img, err := decode(j.data)
		if err != nil {
			return 0, err
		}
		if img == nil || img.Bounds().Dx() != c.Width || img.Bounds().Dy() != c.Height {
			return 0, fault{fmt.Errorf("%s: is damaged: its pixels do not have the size it claims", j.name)}
		}
		return 1, j.give(0, upright(convert(img, j.o.Channels), j.exif.orientation(j.data)))
	}
}
