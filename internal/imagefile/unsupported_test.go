package imagefile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnsupported(t *testing.T) {
	dicom := strings.Repeat("\x00", 128) + "DICM"
	for _, c := range []struct{ head, name, want string }{
		{"\x00\x00\x00\x20ftypavif\x00\x00", "a.png", "AVIF"}, {"\x00\x00\x00\x18ftypheic", "", "HEIC"}, {"\x00\x00\x00\x18ftypmif1", "x", "HEIC"},
		{"\xff\x0a\x01\x02", "", "JPEG XL"}, {"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a", "", "JPEG XL"}, {"\x00\x00\x00\x0cjP  \x0d\x0a\x87\x0a", "", "JPEG 2000"},
		{"\xff\x4f\xff\x51\x00", "", "JPEG 2000"}, {"<svg xmlns=", "", "SVG"}, {"\ufeff<?xml version='1.0'?>\n<!-- x -->\n<svg ", "", "SVG"}, {"<!DOCTYPE svg PUBLIC><svg>", "", "SVG"},
		{"<?xml version='1.0'?><html>", "a.xml", ""}, {"<html><body>", "a.html", ""}, {dicom, "", "DICOM"}, {"II*\x00\x10\x00\x00\x00CR\x02\x00", "", "camera raw"},
		{"II*\x00\x08\x00\x00\x00", "a.NEF", "camera raw"}, {"MM\x00*\x00\x00\x00\x08", "a.dng", "camera raw"}, {"II*\x00\x08\x00\x00\x00", "a.tif", ""},
		{"II*\x00\x08\x00\x00\x00", "a.svs", "microscope"}, {"FUJIFILMCCD-RAW 0201", "", "camera raw"}, {"8BPS\x00\x01", "", "Photoshop"}, {"%PDF-1.7", "", "PDF"},
		{"v/1\x01\x02", "", "OpenEXR"}, {"#?RADIANCE\n", "", "Radiance HDR"}, {"\x00\x00\x01\x00\x02\x00", "", "icon"}, {"\x89HDF\r\n\x1a\n", "", "HDF5"},
		{"", "a.AVIF", "AVIF"}, {"", "b.heic", "HEIC"}, {"", "c.svg", "SVG"}, {"", "d.jxl", "JPEG XL"}, {"", "e.cr2", "camera raw"}, {"", "f.mp4", "video"},
		{"", "a.png", ""}, {"", "a.txt", ""}, {"", "a", ""}, {"", "", ""}, {"", "a.", ""}, {"", "a. ", ""}, {"text about avif", "notes.md", ""},
		{pngMagic, "a.avif", ""}, {"\xff\xd8\xff\xe0", "a.heic", ""}, {"GIF89a", "a.ico", ""},
	} {
		kind, advice := Unsupported([]byte(c.head), c.name)
		if kind != c.want || (advice == "") != (kind == "") {
			t.Errorf("%.20q %s: %q (%q), want %q", c.head, c.name, kind, advice, c.want)
		}
	}
	for _, ext := range []string{".avif", ".HEIC", ".svg"} {
		if !IsUnsupported(ext) || IsExtension(ext) {
			t.Error(ext)
		}
	}
}

// Whatever is read is not called unsupported, and no ending is both.
func TestUnsupportedIsNotRead(t *testing.T) {
	for _, ext := range extensions {
		if IsUnsupported(ext) {
			t.Errorf("%s is read", ext)
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*"))
	if err != nil || len(files) < 300 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // a folder
		}
		if kind, _ := Unsupported(content[:min(len(content), UnsupportedHead)], file); kind != "" && IsImage(content) {
			t.Errorf("%s is called %s", file, kind)
		}
	}
}

// The decoder says so too, of a camera's file instead of decoding its small copy.
func TestUnsupportedIsRefused(t *testing.T) {
	tif, err := os.ReadFile(filepath.Join("testdata", "formats", "tiff-u1-little.tif"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = decoded(tif, "photo.NEF", Options{})
	wantError(t, err, "photo.NEF: camera raw is not supported; develop it to TIFF or PNG")
	_, err = decoded([]byte("\x00\x00\x00\x20ftypavif\x00\x00\x00\x00"), "photo.png", Options{})
	wantError(t, err, "photo.png: AVIF is not supported; convert it to PNG")
	_, err = decoded([]byte("<svg/>"), "stdin", Options{})
	wantError(t, err, "stdin: SVG is not supported; draw it as PNG")
}

// A file of many images under the name of one, or on standard input, says how it is read.
func TestCollections(t *testing.T) {
	for content, want := range map[string]string{
		"\x93NUMPY\x01\x00": "x.png: is no image, but an array of NumPy: give it as a file whose name ends in .npy",
		"PK\x03\x04...":     "a zip: give it as a file whose name ends in .zip",
		"\x1f\x8b\x08":      "packed by gzip: ",
		"\x00\x00\x08\x03":  "in the IDX format of many images: give it as a file",
		"\x00\x00\x08":      "is not an image this program reads",
		"text":              "is not an image this program reads",
	} {
		var r Reader
		_, err := r.Bytes([]byte(content), "x.png", Options{}, func(int, Image) error { return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", content, err, want)
		}
	}
}
