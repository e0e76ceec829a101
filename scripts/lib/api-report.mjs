import { basename, join } from 'node:path'
import ts from 'typescript'
import { publicEntries } from './packages.mjs'
import { root } from './root.mjs'

/** The text of each report by its file name, for every entry of every published package that has types. */
export function apiReports() {
  const entries = publicEntries().map(({ name, entry, directory, source }) => ({
    file: `${basename(directory)}${entry === '.' ? '' : `.${entry.slice(2)}`}.api.md`,
    title: name,
    source,
  }))
  const program = ts.createProgram(
    entries.map(({ source }) => source),
    optionsOf(),
  )
  return new Map(entries.map(({ file, title, source }) => [file, report(program, title, source)]))
}

function optionsOf() {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  return ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options
}

function report(program, title, source) {
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(program.getSourceFile(source))
  const names = checker
    .getExportsOfModule(module)
    .map((symbol) => describe(checker, symbol))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const body = names.map(({ text }) => text).join('\n\n')
  return `# API of ${title}\n\n${names.length} exported names. Written by \`npm run api\`; do not edit.\n\n\`\`\`typescript\n${body}\n\`\`\`\n`
}

// Types are printed without comments and bodies, so that only a change of the interface changes the report.
function describe(checker, exported) {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
  const texts = (symbol.declarations ?? []).map((node) => textOf(checker, symbol, exported.name, node))
  return { name: exported.name, text: [...new Set(texts)].join('\n') }
}

const printer = ts.createPrinter({ removeComments: true })

function textOf(checker, symbol, name, node) {
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
    return printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()).replace(/^export /, '')
  }
  const type = checker.getTypeOfSymbol(symbol)
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.WriteArrowStyleSignature
  if (ts.isClassDeclaration(node)) {
    const instance = checker.getDeclaredTypeOfSymbol(symbol)
    const members = instance.getProperties().map((member) => `    ${member.name}: ${typeText(checker, member, node)};`)
    const made = type
      .getConstructSignatures()
      .map((signature) => `    new ${checker.signatureToString(signature, node, flags)};`)
    return `class ${name} {\n${[...made, ...members].join('\n')}\n}`
  }
  const kind = ts.isFunctionDeclaration(node) ? 'function' : 'const'
  return `${kind} ${name}: ${checker.typeToString(type, node, flags)}`
}

function typeText(checker, member, node) {
  return checker.typeToString(checker.getTypeOfSymbolAtLocation(member, node), node, ts.TypeFormatFlags.NoTruncation)
}
