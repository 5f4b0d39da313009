package imagefile

import (
	"path/filepath"
	"slices"
	"strings"
)

// foreign is a format of images that is recognised and not read.
type foreign struct {
	kind       string
	extensions string // with spaces around each
	advice     string
	is         func(head []byte) bool // nil where its first bytes do not tell
}

// What to convert with, for messages.
const (
	byMagick = "convert it to PNG, such as with ImageMagick"
	byRaw    = "develop it to TIFF or PNG, such as with darktable or dcraw"
	byZip    = "unpack it and name the folder"
)

var foreigns = []foreign{
	{"AVIF", " .avif .avifs ", byMagick, brand("avif", "avis")},
	{"HEIC", " .heic .heif .heics .hif ", byMagick + " or heif-convert", brand("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "heif")},
	{"JPEG XL", " .jxl ", byMagick + " or djxl", begins("\xff\x0a", "\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a")},
	{"JPEG 2000", " .jp2 .j2k .jpf .jpx .j2c .jpc ", byMagick + " or opj_decompress", begins("\x00\x00\x00\x0cjP  \x0d\x0a\x87\x0a", "\xff\x4f\xff\x51")},
	{"JPEG XR", " .jxr .wdp .hdp ", byMagick, begins("II\xbc\x01")},
	{"SVG", " .svg .svgz ", "draw it as PNG, such as with rsvg-convert or Inkscape", isSVG},
	{"DICOM", " .dcm .dicom ", "convert it to 16-bit PNG or NPY, such as with dcmj2pnm or pydicom", func(h []byte) bool { return len(h) >= 132 && string(h[128:132]) == "DICM" }},
	{"NIfTI", " .nii ", "save its slices as NPY, such as with nibabel", nil},
	{"camera raw", " .cr2 .cr3 .crw .nef .nrw .arw .srf .sr2 .dng .orf .rw2 .raf .pef .srw .x3f .raw .3fr .iiq .rwl .kdc .dcr .erf .mrw .mef .mos ", byRaw,
		anyOf(begins("FUJIFILMCCD-RAW", "IIU\x00", "IIRO", "IIRS", "MMOR", "FOVb"), brand("crx "), func(h []byte) bool { return len(h) >= 10 && string(h[:4]) == "II*\x00" && string(h[8:10]) == "CR" })},
	{"Photoshop", " .psd .psb ", byMagick, begins("8BPS\x00")},
	{"GIMP", " .xcf ", byMagick, begins("gimp xcf ")},
	{"PDF", " .pdf .ai ", "draw its pages as PNG, such as with pdftoppm", begins("%PDF-")},
	{"PostScript", " .ps .eps ", "draw it as PNG, such as with Ghostscript", begins("%!PS", "\xc5\xd0\xd3\xc6")},
	{"OpenEXR", " .exr ", "save it as a floating-point TIFF or NPY, such as with OpenImageIO", begins("v/1\x01")},
	{"Radiance HDR", " .hdr .rgbe ", "save it as a floating-point TIFF or PFM, such as with OpenImageIO", begins("#?RADIANCE", "#?RGBE")},
	{"DPX", " .dpx .cin ", byMagick, begins("SDPX", "XPDS")},
	{"icon", " .ico .cur .icns ", byMagick, anyOf(isIcon, begins("icns"))},
	{"DirectDraw surface", " .dds ", byMagick, begins("DDS |\x00\x00\x00")},
	{"Targa", " .tga .targa ", byMagick, nil},
	{"FITS", " .fits .fit .fts ", "save it as NPY or a floating-point TIFF, such as with astropy", begins("SIMPLE  =")},
	{"HDF5", " .h5 .hdf5 .he5 ", "save its arrays as NPY or NPZ, such as with h5py", begins("\x89HDF\r\n\x1a\n")},
	{"MATLAB", " .mat ", "save its arrays as NPY or NPZ, such as with scipy.io", begins("MATLAB 5.0 MAT-file")},
	{"microscope", " .czi .lif .nd2 .lsm .oib .oif .vsi .svs .ndpi .scn .mrxs ", "save it as TIFF, such as with Fiji (Bio-Formats)", begins("ZISRAWFILE", "\xda\xce\xbe\x0a")},
	{"video", " .mp4 .mov .avi .mkv .webm .m4v .wmv .mpg .mpeg ", "save its frames as PNG, such as with ffmpeg", anyOf(brand("isom", "mp41", "mp42", "avc1", "qt  ", "M4V "), begins("\x1aE\xdf\xa3", "RIFF????AVI "))},
	{"Windows metafile", " .wmf .emf ", byMagick, begins("\xd7\xcd\xc6\x9a")},
	{"PCX", " .pcx ", byMagick, nil},
	{"XPM", " .xpm .xbm ", byMagick, begins("/* XPM */")},
	{"QOI", " .qoi ", byMagick, begins("qoif")},
	{"farbfeld", " .ff ", byMagick, begins("farbfeld")},
	{"Parquet", " .parquet ", "save its images as files, such as with the Hugging Face datasets library", begins("PAR1")},
	{"TFRecord", " .tfrecord .tfrecords ", "save its images as files or NPZ, such as with tensorflow_datasets", nil},
	{"pickle", " .pkl .pickle .pt .pth ", "save its arrays as NPZ, with numpy.savez", nil},
	{"archive", " .7z .rar .gz .bz2 .xz .zst .lz4 ", byZip, begins("7z\xbc\xaf\x27\x1c", "Rar!\x1a\x07", "\xfd7zXZ\x00", "\x28\xb5\x2f\xfd")},
}

// UnsupportedHead is the most bytes by which a format that is not read is told.
const UnsupportedHead = 512

// Unsupported names the format of images that a file has, by its first bytes or else by
// the ending of its name, where that is known and not read, and says what to do with it;
// "" for any other.
func Unsupported(head []byte, name string) (kind, advice string) {
	f := slices.IndexFunc(foreigns, func(f foreign) bool { return f.is != nil && f.is(head) })
	if own := findFormat(head); f < 0 && (own == nil || own.isTIFF()) { // a camera's or a microscope's TIFF begins like any other
		ext := " " + strings.ToLower(filepath.Ext(name)) + " "
		f = slices.IndexFunc(foreigns, func(f foreign) bool { return len(ext) > 2 && strings.Contains(f.extensions, ext) })
	}
	if f < 0 {
		return "", ""
	}
	return foreigns[f].kind, foreigns[f].advice
}

// IsUnsupported tells whether files with the ending, which begins with a dot, are of a
// format of images that is known and not read.
func IsUnsupported(ext string) bool {
	kind, _ := Unsupported(nil, "x"+ext)
	return kind != ""
}

func (f *format) isTIFF() bool {
	return f != nil && (strings.HasPrefix(f.magic, "II") || strings.HasPrefix(f.magic, "MM"))
}

// brand tells an ISO media file by its first brand.
func brand(brands ...string) func([]byte) bool {
	return func(head []byte) bool {
		if len(head) < 12 || string(head[4:8]) != "ftyp" {
			return false
		}
		for _, b := range brands {
			if string(head[8:12]) == b {
				return true
			}
		}
		return false
	}
}

func begins(magics ...string) func([]byte) bool {
	return func(head []byte) bool {
		for _, m := range magics {
			if matches(head, m) {
				return true
			}
		}
		return false
	}
}

func anyOf(all ...func([]byte) bool) func([]byte) bool {
	return func(head []byte) bool {
		for _, is := range all {
			if is(head) {
				return true
			}
		}
		return false
	}
}

// isSVG tells whether a text begins with the element svg, behind what may stand before.
func isSVG(head []byte) bool {
	text := strings.TrimLeft(strings.TrimPrefix(string(head), "\ufeff"), " \t\r\n")
	return strings.HasPrefix(text, "<svg") || (strings.HasPrefix(text, "<?xml") || strings.HasPrefix(text, "<!")) && strings.Contains(text, "<svg")
}

// isIcon tells an icon or a cursor of a few pictures.
func isIcon(head []byte) bool {
	return len(head) >= 6 && head[0] == 0 && head[1] == 0 && (head[2] == 1 || head[2] == 2) && head[3] == 0 && head[4] > 0 && head[5] == 0
}
