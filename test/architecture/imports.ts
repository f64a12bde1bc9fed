import { posix } from 'node:path';
import * as ts from 'typescript';

/** Path from the root of the repository, with '/', to the file's text. */
export type Sources = ReadonlyMap<string, string>;

export interface Import {
	/** As written. */
	specifier: string;
	/** A file of ours, or null for a package. */
	file: string | null;
	/** Erased by the compiler: nothing is loaded. */
	typeOnly: boolean;
}

export function parsed(path: string, text: string): ts.SourceFile {
	return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/** Every import, re-export, dynamic import, require and import type of a file. */
export function importsOf(path: string, sources: Sources): Import[] {
	const found: Import[] = [];
	const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
		if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
		found.push({ specifier: specifier.text, file: resolved(path, specifier.text, sources), typeOnly });
	};
	const visit = (node: ts.Node): void => {
		if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node.importClause));
		else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly || onlyTypes(node.exportClause));
		else if (ts.isImportTypeNode(node)) add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
		else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) add(node.moduleReference.expression, node.isTypeOnly);
		else if (ts.isCallExpression(node) && isLoad(node.expression)) add(node.arguments[0], false);
		ts.forEachChild(node, visit);
	};
	visit(parsed(path, sources.get(path) ?? ''));
	return found;
}

function isLoad(callee: ts.Expression): boolean {
	return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require');
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
	if (clause === undefined) return false;
	return clause.isTypeOnly || (clause.name === undefined && onlyTypes(clause.namedBindings));
}

function onlyTypes(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
	if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return false;
	return bindings.elements.length > 0 && [...bindings.elements].every((element) => element.isTypeOnly);
}

function resolved(from: string, specifier: string, sources: Sources): string | null {
	if (!specifier.startsWith('.')) return null;
	const base = posix.join(posix.dirname(from), specifier.replace(/\.js$/, ''));
	return [base, `${base}.ts`, `${base}/index.ts`].find((candidate) => sources.has(candidate)) ?? base;
}
