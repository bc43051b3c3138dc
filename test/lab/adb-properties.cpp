// Preload library for Debian's adbd, which has no Android properties: answers them from the environment, so that PROP_ro_product_model is ro.product.model.
#include <cstdlib>
#include <string>

namespace android::base {

std::string GetProperty(const std::string& key, const std::string& fallback) {
  std::string name = "PROP_";
  for (char c : key) name += (c == '.' || c == '-') ? '_' : c;
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? std::string(value) : fallback;
}

}  // namespace android::base
