// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestServiceText_inMessages: a text of the service goes into a message, a log
// or a name through isc.OneLine, or a function that uses it, and never as it is.
func TestServiceText_inMessages(t *testing.T) {
	t.Parallel()
	exports := exportData(t, "../act", ".")
	for _, folder := range []string{"../act", "."} {
		fset := token.NewFileSet()
		files := parseFolder(t, fset, folder)
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
		config := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
		if _, err := config.Check(folder, fset, files, info); err != nil {
			t.Fatal(err)
		}
		for _, raw := range rawServiceText(files, info) {
			t.Errorf("%s: a text of the service is put into a message as it is", fset.Position(raw.Pos()))
		}
	}
}

// TestServiceText_isFound: the rule would see it.
func TestServiceText_isFound(t *testing.T) {
	t.Parallel()
	const source = `package p
import ("fmt"; "github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc")
func deref(s *string) string { return *s }
func f(wi *isc.WorkItem) []string {
	return []string{
		fmt.Sprintf("%s", isc.OneLine(wi.ID)),
		fmt.Sprintf("%s", wi.ID),
		fmt.Sprintf("%s", deref(wi.Name)),
		"x " + *wi.Description,
		wi.ApprovalItems[0].ID,
		fmt.Sprint(wi.ApprovalItems[0].Value),
	}
}`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	exports := exportData(t, "../isc")
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })}
	if _, err := config.Check("p", fset, []*ast.File{file}, info); err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, raw := range rawServiceText([]*ast.File{file}, info) {
		lines = append(lines, fset.Position(raw.Pos()).Line)
	}
	if want := []int{7, 8, 9, 11}; !slices.Equal(lines, want) {
		t.Errorf("found in lines %v, want %v", lines, want)
	}
}

// rawServiceText returns the fields of the service's objects that make part of a
// text without having been made fit for it.
func rawServiceText(files []*ast.File, info *types.Info) (found []ast.Node) {
	var within func(ast.Expr)
	within = func(e ast.Expr) {
		switch e := e.(type) {
		case *ast.ParenExpr:
			within(e.X)
		case *ast.StarExpr:
			within(e.X)
		case *ast.BinaryExpr:
			if e.Op == token.ADD {
				within(e.X)
				within(e.Y)
			}
		case *ast.CompositeLit:
			for _, element := range e.Elts {
				within(element)
			}
		case *ast.CallExpr:
			if slices.Contains([]string{"deref", "strings.Join", "strings.TrimSpace", "cmp.Or"}, types.ExprString(e.Fun)) {
				for _, arg := range e.Args {
					within(arg)
				}
			}
		case *ast.SelectorExpr:
			if s := info.Selections[e]; s != nil && s.Kind() == types.FieldVal && isServiceObject(s.Recv()) && isText(info.TypeOf(e)) {
				found = append(found, e)
			}
		}
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if makesText(types.ExprString(n.Fun)) {
					for _, arg := range n.Args {
						within(arg)
					}
				}
			case *ast.BinaryExpr:
				if n.Op == token.ADD {
					within(n)
					return false
				}
			}
			return true
		})
	}
	return found
}

// makesText reports whether a function puts its arguments into a text.
func makesText(name string) bool {
	return slices.ContainsFunc([]string{"fmt.", "tflog.", "diag.New", "impossible", "undecidable"}, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) ||
		slices.ContainsFunc([]string{".AddError", ".AddAttributeError", ".AddWarning", ".AddAttributeWarning", ".report"}, func(suffix string) bool { return strings.HasSuffix(name, suffix) })
}

func isServiceObject(t types.Type) bool {
	if pointer, ok := t.(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := t.(*types.Named)
	return ok && strings.HasSuffix(named.Obj().Pkg().Path(), "/internal/isc") &&
		slices.Contains([]string{"WorkItem", "ApprovalItem", "RemediationItem", "Form", "FormSection", "Identity"}, named.Obj().Name())
}

func isText(t types.Type) bool {
	if pointer, ok := t.(*types.Pointer); ok {
		t = pointer.Elem()
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Kind() == types.String
}

func parseFolder(t *testing.T, fset *token.FileSet, folder string) (files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// exportData returns the files with what the compiler knows of the packages that
// those in the folders import.
func exportData(t *testing.T, folders ...string) map[string]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}, folders...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[path] = file
	}
	return files
}
