export {
  type OpenFeatureClient,
  type OpenFeatureFlagOptions,
  openFeatureFlag,
} from '@sessionkeep/selection/openfeature'
