package cli

import (
	"context"
	"os"
	"path/filepath"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/folder"
	"vae/internal/run"
)

// spared sees that no input is overwritten by the output, and that nothing is written
// where the next call would take it for an input.
func spared(ctx context.Context, args []string, out *output) error {
	if out.path == "" {
		return nil
	}
	if !out.folder() {
		return sparedBy(ctx, "-o", out.path, out.format == "png", args)
	}
	for _, arg := range args {
		switch {
		case sameFile(arg, out.path):
			return usagef("-o %s is the folder of the inputs: they would be overwritten; name another", out.path)
		case sameFile(arg, filepath.Join(out.path, filepath.Join(console.Within(arg)...))):
			return usagef("-o %s would overwrite the input %s; name another folder", out.path, arg)
		}
	}
	out.spare = func(folder string) error { return outside(folder, args) }
	return out.spare(out.path)
}

// outside refuses a folder of outputs that lies in one of the inputs.
func outside(folder string, args []string) error {
	for _, arg := range args {
		if holds(arg, folder) {
			return usagef("-o %s lies in the input folder %s: what is written would become an input; name a folder outside of it", folder, arg)
		}
	}
	return nil
}

// sparedBy is spared for one file, which flag names.
func sparedBy(ctx context.Context, flag, path string, picture bool, args []string) error {
	for _, arg := range args {
		if sameFile(arg, path) {
			return usagef("%s %s is also an input: it would be overwritten; name another", flag, path)
		}
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		if arg, found := dataset.Reads(ctx, args, info); found {
			return usagef("%s %s is one of the inputs, in %s: it would be overwritten; name another", flag, path, arg)
		}
	}
	for _, arg := range args {
		if folder.TakesName(filepath.Base(path), picture) && holds(arg, path) {
			return usagef("%s %s lies in the input folder %s: it would become an input; name a file outside of it", flag, path, arg)
		}
	}
	return ctx.Err()
}

// spares sees that the output replaces neither the model nor anything else of its run, or
// of another one.
func (m *loaded) spares(out *output) error {
	if out.path == "" || out.folder() {
		return nil
	}
	return m.sparesFile("-o", out.path)
}

// sparesFile is spares for one file, which flag names.
func (m *loaded) sparesFile(flag, path string) error {
	if sameFile(m.file, path) {
		return usagef("%s %s is the model in use: it would be overwritten; name another", flag, path)
	}
	return sparesRuns(flag, path, filepath.Dir(m.file))
}

// sparesRuns sees that a file to be written is none of a run: of those in these folders, or
// in its own.
func sparesRuns(flag, path string, folders ...string) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		folders = append(folders, filepath.Dir(target))
	}
	own := filepath.Dir(path)
	for _, folder := range append(folders, own, filepath.Dir(own)) { // which holds snapshots
		for _, file := range run.Files(folder) {
			if sameFile(file, path) && run.Holds(folder) {
				return usagef("%s %s belongs to the run %s: it would be overwritten; name another", flag, path, folder)
			}
		}
	}
	return nil
}

// holds tells whether a path, which need not exist, leads into a folder: as it is written,
// or by the links in it.
func holds(folder, path string) bool {
	target, err := filepath.EvalSymlinks(path)
	return err == nil && above(folder, target) || above(folder, path)
}

// above tells whether a folder is one of those above a path, or the path itself.
func above(folder, path string) bool {
	path, err := filepath.Abs(path)
	for err == nil && path != filepath.Dir(path) {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			path = target
		}
		if sameFile(folder, path) {
			return true
		}
		path = filepath.Dir(path)
	}
	return false
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// samePlace tells whether two paths, which need not exist, are those of one file.
func samePlace(a, b string) bool {
	if sameFile(a, b) {
		return true
	}
	names := console.Names{}
	return names.Add(filepath.Base(a)) && !names.Add(filepath.Base(b)) && sameFile(filepath.Dir(a), filepath.Dir(b))
}
