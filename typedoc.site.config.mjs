import reference from './typedoc.config.mjs'

/**
 * The API reference as Markdown, for the site: `npm run site` writes it to build/pages/api.
 *
 * @type {Partial<import('typedoc').TypeDocOptions & import('typedoc-plugin-markdown').PluginOptions>}
 */
export default {
  ...reference,
  plugin: ['typedoc-plugin-markdown', ...reference.plugin],
  out: 'build/pages/api',
  router: 'module',
  entryFileName: 'index',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  expandObjects: false,
  parametersFormat: 'list',
}
