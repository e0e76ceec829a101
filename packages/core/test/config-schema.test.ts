import { expect, test } from 'vitest'
import { configJsonSchema } from '../../selection/src/metadata-schema.ts'

// `npm run schema` updates the file.
test('the published JSON Schema equals the schema in the code', async () => {
  const text = `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`
  await expect(text).toMatchFileSnapshot('../schema/sessionkeep.config.schema.json')
})
