import { expect, test } from 'vitest'
import { configJsonSchema } from '../../src/selection/metadata-schema.ts'

// `npm run schema` writes the file anew.
test('the published JSON Schema is the one of the code', async () => {
  const text = `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`
  await expect(text).toMatchFileSnapshot('../../schema/sessionkeep.config.schema.json')
})
