import com.alibaba.nacos.plugin.encryption.spi.EncryptionPluginService;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A plugin for data ids that begin with {@code cipher-aes-}: AES-GCM with a key per content, which itself is encrypted
 * with a key that only clients have. The one of the Nacos project is not in any package registry.
 */
final class CipherAes implements EncryptionPluginService {
    private static final byte[] MASTER_KEY = "sixteen bytes :)".getBytes(StandardCharsets.US_ASCII);
    private static final int KEY_BYTES = 16;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecureRandom random = new SecureRandom();

    @Override
    public String algorithmName() {
        return "aes";
    }

    @Override
    public String generateSecretKey() {
        return Base64.getEncoder().encodeToString(random(KEY_BYTES));
    }

    @Override
    public String encrypt(String secretKey, String content) {
        return sealed(Base64.getDecoder().decode(secretKey), content);
    }

    @Override
    public String decrypt(String secretKey, String content) {
        return isBlank(secretKey) || isBlank(content) ? content : opened(Base64.getDecoder().decode(secretKey), content);
    }

    @Override
    public String encryptSecretKey(String secretKey) {
        return sealed(MASTER_KEY, secretKey);
    }

    @Override
    public String decryptSecretKey(String secretKey) {
        return isBlank(secretKey) ? secretKey : opened(MASTER_KEY, secretKey);
    }

    /** The SDK decrypts also what is not there, as after a removal. */
    private static boolean isBlank(String text) {
        return text == null || text.isBlank();
    }

    private String sealed(byte[] key, String text) {
        byte[] nonce = random(NONCE_BYTES);
        byte[] sealed = run(Cipher.ENCRYPT_MODE, key, nonce, text.getBytes(StandardCharsets.UTF_8));
        byte[] whole = ByteBuffer.allocate(nonce.length + sealed.length).put(nonce).put(sealed).array();
        return Base64.getEncoder().encodeToString(whole);
    }

    private static String opened(byte[] key, String text) {
        byte[] whole = Base64.getDecoder().decode(text);
        byte[] nonce = Arrays.copyOf(whole, NONCE_BYTES);
        byte[] sealed = Arrays.copyOfRange(whole, NONCE_BYTES, whole.length);
        return new String(run(Cipher.DECRYPT_MODE, key, nonce, sealed), StandardCharsets.UTF_8);
    }

    private static byte[] run(int mode, byte[] key, byte[] nonce, byte[] input) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
            return cipher.doFinal(input);
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private byte[] random(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
