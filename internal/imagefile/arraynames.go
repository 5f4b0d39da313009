package imagefile

import (
	"slices"
	"strings"
)

// Role is what an array holds by its name.
type Role int

// Images, their labels, or what its name does not tell.
const (
	NoRole Role = iota
	ImageRole
	LabelRole
)

var (
	imageWords = []string{"x", "images", "image", "imgs", "img", "data", "inputs"}
	labelWords = []string{"y", "labels", "label", "targets", "target", "classes"}
	partWords  = map[string]string{"train": "train", "training": "train", "test": "test", "testing": "test",
		"val": "validation", "valid": "validation", "validation": "validation", "dev": "validation"}
)

// ArrayName tells what an array holds by its name, and of which part of the data it is:
// "train", "validation", "test" or "". A name is a word for the images or the labels, a
// part, or one of each, in any order and case: x, y_test, train_images. The first two
// arrays that numpy.savez was given without names are images and labels.
func ArrayName(name string) (role Role, part string) {
	switch name = strings.ToLower(name); name {
	case "arr_0":
		return ImageRole, ""
	case "arr_1":
		return LabelRole, ""
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' || r == '.' || r == ' ' })
	for _, word := range words {
		p := partWords[word]
		switch {
		case p != "" && part == "":
			part = p
		case role == NoRole && slices.Contains(imageWords, word):
			role = ImageRole
		case role == NoRole && slices.Contains(labelWords, word):
			role = LabelRole
		default:
			return NoRole, ""
		}
	}
	return role, part
}

// labelNames are the names that the labels beside an array of images can have, without
// their ending: NAME_labels, and its name with a word for labels instead of the one for
// images.
func labelNames(stem string) (names []string) {
	names = append(names, stem+"_labels", stem+"-labels")
	role, _ := ArrayName(stem)
	if role != ImageRole {
		return names
	}
	words := strings.FieldsFunc(stem, func(r rune) bool { return r == '_' || r == '-' || r == '.' || r == ' ' })
	for _, word := range words {
		if !slices.Contains(imageWords, strings.ToLower(word)) {
			continue
		}
		at := strings.Index(stem, word)
		for _, label := range labelWords {
			if word != strings.ToLower(word) {
				label = strings.ToUpper(label[:1]) + label[1:]
			}
			names = append(names, stem[:at]+label+stem[at+len(word):])
		}
	}
	return names
}
