package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"vae/internal/cli"
)

// TestMain makes the program a command of the scripts: the test binary itself,
// run as another process.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"vae":  func() { os.Exit(cli.Main(os.Args[1:])) },
		"vaes": mainOfMany,
	})
}

// TestScript runs testdata/script/*.txtar: what a user types and sees. Beside
// testscript's own commands the scripts have those of commands_test.go.
func TestScript(t *testing.T) {
	cache := t.TempDir() // MNIST is extracted once for all
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		ContinueOnError:     true,
		Setup:               func(env *testscript.Env) error { return setUp(env, cache) },
		Condition: func(name string) (bool, error) {
			switch name {
			case "root": // may read and write everything
				return os.Getuid() == 0, nil
			case "detector": // of races, which takes far more memory than it uses
				return underRace, nil
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"appear":    appear,
			"digits":    digits,
			"mnist":     mnist,
			"npy":       npy,
			"frames":    frames,
			"pack":      pack,
			"exits":     exits,
			"fixture":   fixture,
			"flip":      flip,
			"giant":     giant,
			"head":      head,
			"idx":       idx,
			"image":     writeImage,
			"images":    writeImages,
			"interrupt": interrupt,
			"lines":     lines,
			"picture":   picture,
			"refuse":    refuse,
			"remodel":   remodel,
			"repeat":    repeat,
			"same":      same,
			"samerun":   samerun,
			"shards":    shards,
			"shorten":   shorten,
			"size":      size,
			"sub":       sub,
			"tail":      tail,
			"tree":      tree,
		},
	})
}

// setUp gives a script a home of its own and the common cache.
func setUp(env *testscript.Env, cache string) error {
	home := filepath.Join(env.WorkDir, "home")
	if runtime.GOOS == "darwin" { // the cache lies below the home there
		home = cache
	}
	for _, name := range []string{"HOME", "USERPROFILE"} {
		env.Setenv(name, home)
	}
	for _, name := range []string{"XDG_CACHE_HOME", "LocalAppData"} {
		env.Setenv(name, cache)
	}
	env.Setenv("GOMAXPROCS", "2")
	env.Setenv("GORACE", os.Getenv("GORACE"))
	return os.MkdirAll(home, 0o777)
}
